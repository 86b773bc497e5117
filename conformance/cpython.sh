#!/bin/bash
# Prints the path of a CPython 3.15 (or $1: 3.14, 3.13) with its test suite, fetching Debian's packages the first time.
# It needs apt-get, dpkg and x86-64, but no root: the packages are unpacked beside their own libc into $CPYTHON_HOME
# (~/.cache/tsyncio-cpython), and nothing else is touched.
#   py=$(conformance/cpython.sh)                                          # the interpreter
#   ls "$(dirname "$py")"/root/usr/lib/python3.15/test/test_asyncio       # CPython's own tests of asyncio
set -eu
version=${1:-3.15}
home=${CPYTHON_HOME:-${XDG_CACHE_HOME:-$HOME/.cache}/tsyncio-cpython}
suite=sid; [ "$version" = 3.13 ] && suite=trixie
dir="$home/$suite"; python="$dir/python$version"
if [ ! -x "$python" ]; then
  mkdir -p "$dir/lists/partial" "$dir/archives/partial" "$dir/debs" "$dir/root"
  mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | grep -oE 'https?://[^ ]+/debian/?( |$)' | head -1 | tr -d ' ') || true
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${mirror:-https://deb.debian.org/debian} $suite main" >"$dir/sources.list"
  apt=(-qq -o "Dir::Etc::SourceList=$dir/sources.list" -o Dir::Etc::SourceParts=- -o "Dir::State::Lists=$dir/lists"
    -o "Dir::Cache::archives=$dir/archives" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= -o APT::Sandbox::User=root)
  {
    apt-get "${apt[@]}" update
    cd "$dir/debs"
    for p in "python$version-minimal" "libpython$version-minimal" "libpython$version-stdlib" "libpython$version-testsuite" libc6 libssl3t64 \
      libexpat1 zlib1g libffi8 libzstd1 liblzma5 libbz2-1.0 libsqlite3-0 libuuid1 libreadline8t64 libtinfo6 libncursesw6; do
      apt-get "${apt[@]}" download "$p" || echo "cpython.sh: no $p"
    done
    for deb in ./*.deb; do dpkg -x "$deb" "$dir/root"; done
  } >&2
  cat >"$python" <<END
#!/bin/sh
R='$dir/root'
CPYTHON_SELF='$python' PYTHONHOME=\$R/usr exec \$R/usr/lib64/ld-linux-x86-64.so.2 --library-path \$R/usr/lib/x86_64-linux-gnu \$R/usr/bin/python$version "\$@"
END
  chmod +x "$python"
fi
"$python" -c 'import asyncio, ssl' >&2
echo "$python"
