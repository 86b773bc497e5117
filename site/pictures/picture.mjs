/**
 * A drawing of boxes, arrows and words. Its colours are variables: the site sets them by theme, the file itself by the
 * system's.
 */

const COLOURS = `svg{--ink:#1f2328;--faint:#4f5964;--line:#c4ccd4;--paper:#fff;--run:#2c6cb8;--wait:#8f98a6;--stop:#b3261e;--good:#1a7f37}
@media(prefers-color-scheme:dark){svg{--ink:#e6edf3;--faint:#adb6c0;--line:#3d444d;--paper:#0d1117;--run:#6ea6e8;--wait:#767f8d;--stop:#ff8a80;--good:#57c774}}`;
const SANS = "-apple-system, 'Segoe UI', 'Noto Sans KR', 'Apple SD Gothic Neo', sans-serif";
const MONO = "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace";
const HEAD = 7;

const escaped = (text) => String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
const round = (n) => Math.round(n * 10) / 10;

export class Picture {
  #parts = [];
  #width;
  #height;
  #title;

  constructor(width, height, title) {
    this.#width = width;
    this.#height = height;
    this.#title = title;
  }

  box(x, y, width, height, { fill = "none", stroke = "none", radius = 6, dashed = false } = {}) {
    const dash = dashed ? ' stroke-dasharray="4 3"' : "";
    this.#add(
      `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" rx="${radius}" fill="${colour(fill)}" stroke="${colour(stroke)}" stroke-width="1.5"${dash}/>`,
    );
  }

  text(x, y, text, { anchor = "start", size = 13, bold = false, mono = false, fill = "ink" } = {}) {
    this.#add(
      `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}" font-family="${mono ? MONO : SANS}" font-size="${size}"${bold ? ' font-weight="600"' : ""} fill="${colour(fill)}">${escaped(text)}</text>`,
    );
  }

  line(points, { stroke = "line", width = 1.5, dashed = false } = {}) {
    const dash = dashed ? ' stroke-dasharray="4 3"' : "";
    const path = points.map(([x, y], i) => `${i === 0 ? "M" : "L"}${round(x)} ${round(y)}`).join("");
    this.#add(`<path d="${path}" fill="none" stroke="${colour(stroke)}" stroke-width="${width}"${dash}/>`);
  }

  /** A line with a head at its end. */
  arrow(points, { stroke = "ink", ...options } = {}) {
    const [fromX, fromY] = points.at(-2);
    const [x, y] = points.at(-1);
    const length = Math.hypot(x - fromX, y - fromY);
    const [dx, dy] = [(x - fromX) / length, (y - fromY) / length];
    const [baseX, baseY] = [x - dx * HEAD, y - dy * HEAD];
    this.line([...points.slice(0, -1), [baseX, baseY]], { stroke, ...options });
    const corners = [
      [x, y],
      [baseX - (dy * HEAD) / 2, baseY + (dx * HEAD) / 2],
      [baseX + (dy * HEAD) / 2, baseY - (dx * HEAD) / 2],
    ];
    this.#add(`<polygon points="${corners.map((c) => c.map(round).join(",")).join(" ")}" fill="${colour(stroke)}"/>`);
  }

  circle(x, y, radius, fill) {
    this.#add(`<circle cx="${round(x)}" cy="${round(y)}" r="${radius}" fill="${colour(fill)}"/>`);
  }

  toString() {
    const size = `viewBox="0 0 ${this.#width} ${this.#height}" width="${this.#width}" height="${this.#height}"`;
    const title = escaped(this.#title);
    return [
      `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img" aria-label="${title.replace(/"/g, "&quot;")}">`,
      `<title>${title}</title>`,
      `<style>${COLOURS}</style>`,
      ...this.#parts,
      "</svg>",
      "",
    ].join("\n");
  }

  #add(part) {
    this.#parts.push(part);
  }
}

const colour = (name) => (name === "none" ? name : `var(--${name})`);
