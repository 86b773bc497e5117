/**
 * Whether a Node process handles SIGUSR1 itself. Both Node's own handler and one of `process.on("SIGUSR1")` show as a
 * caught signal. But the latter stands in the tree of libuv's signal watchers, which can be read in the process's
 * memory without touching it.
 */

import { closeSync, openSync, readFileSync, readSync } from "node:fs";

const TREE = "uv__signal_tree";

// uv_signal_t, the same in all releases of libuv 1 on machines of 64 bits.
const TYPE = 16;
const SIGNAL_NUMBER = 104;
const LEFT = 112;
const RIGHT = 120;
const SIZE = 128;
const UV_SIGNAL = 16;

/** More watchers than signals is no tree. */
const MOST = 1000;

/**
 * Null if that cannot be found out: the memory is not to be read, or the program is not built as Node's releases are.
 */
export function handlesSignal(pid: number, signal: number): boolean | null {
  let memory: number | null = null;
  try {
    const address = addressOf(pid, TREE);
    if (address === null) return null;
    memory = openSync(`/proc/${pid}/mem`, "r");
    return findWatcher(memory, address, signal);
  } catch {
    return null;
  } finally {
    if (memory !== null) closeSync(memory);
  }
}

function findWatcher(memory: number, tree: bigint, signal: number): boolean | null {
  const todo = [read(memory, tree, 8).readBigUInt64LE()];
  for (let seen = 0; todo.length > 0; seen++) {
    const address = todo.pop() as bigint;
    if (address === 0n) continue;
    if (seen > MOST) return null;
    const watcher = read(memory, address, SIZE);
    if (watcher.readUInt32LE(TYPE) !== UV_SIGNAL) return null;
    if (watcher.readInt32LE(SIGNAL_NUMBER) === signal) return true;
    todo.push(watcher.readBigUInt64LE(LEFT), watcher.readBigUInt64LE(RIGHT));
  }
  return false;
}

function read(fd: number, position: bigint, length: number): Buffer {
  const buffer = Buffer.alloc(length);
  if (readSync(fd, buffer, 0, length, position) !== length) throw new Error("cannot read");
  return buffer;
}

/** Where a variable of the program lies in the memory of the process: from the table of symbols of its ELF file. */
function addressOf(pid: number, name: string): bigint | null {
  const file = openSync(`/proc/${pid}/exe`, "r");
  try {
    const header = read(file, 0n, 64);
    // 64 bits, little-endian
    if (header.readUInt32BE() !== 0x7f454c46 || header[4] !== 2 || header[5] !== 1) return null;
    const sections = read(file, header.readBigUInt64LE(40), header.readUInt16LE(58) * header.readUInt16LE(60));
    const section = (i: number): Buffer => sections.subarray(i * header.readUInt16LE(58));
    for (let i = 0; i < header.readUInt16LE(60); i++) {
      if (section(i).readUInt32LE(4) !== 2) continue; // no table of symbols
      const strings = contents(file, section(section(i).readUInt32LE(40)));
      const value = symbolIn(contents(file, section(i)), strings, name);
      if (value !== null) return value + (header.readUInt16LE(16) === 3 ? loadedAt(pid) : 0n);
    }
    return null;
  } finally {
    closeSync(file);
  }
}

function contents(file: number, section: Buffer): Buffer {
  return read(file, section.readBigUInt64LE(24), Number(section.readBigUInt64LE(32)));
}

function symbolIn(symbols: Buffer, strings: Buffer, name: string): bigint | null {
  const places = new Set<number>();
  for (let at = strings.indexOf(`\0${name}`); at >= 0; at = strings.indexOf(`\0${name}`, at + 1)) {
    // A compiler may put a number behind the name of a static variable.
    const rest = strings.toString("latin1", at + 1 + name.length, strings.indexOf(0, at + 1));
    if (/^(?:\.\d+)?$/.test(rest)) places.add(at + 1);
  }
  if (places.size === 0) return null;
  for (let at = 0; at < symbols.length; at += 24) {
    if (places.has(symbols.readUInt32LE(at))) return symbols.readBigUInt64LE(at + 8);
  }
  return null;
}

/** Of a program that can be loaded anywhere. */
function loadedAt(pid: number): bigint {
  const first = /^([0-9a-f]+)-/.exec(readFileSync(`/proc/${pid}/maps`, "utf8"));
  return BigInt(`0x${first?.[1] ?? "0"}`);
}
