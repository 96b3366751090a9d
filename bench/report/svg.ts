/** The few shapes that charts are made of, as SVG text in plain attributes, and the colors of both backgrounds. */

/** Colors by what they are for. */
export interface Theme {
  background: string;
  text: string;
  /** Text and marks that stand back. */
  muted: string;
  grid: string;
  /** nst-gpu, and the algorithms of its convolutions. */
  accent: string;
  second: string;
  third: string;
  /** Engines on WebGPU, and those without it. */
  peer: string;
  other: string;
}

/** Every chart is drawn on both; README files show the one that suits the reader's. */
export const THEMES = {
  light: {
    background: "#ffffff",
    text: "#1f2328",
    muted: "#59636e",
    grid: "#d9dee3",
    accent: "#0b6bcb",
    second: "#c2570c",
    third: "#7d8590",
    peer: "#a3adb8",
    other: "#d4c5a9",
  },
  dark: {
    background: "#0d1117",
    text: "#e6edf3",
    muted: "#9198a1",
    grid: "#2b323b",
    accent: "#58a6ff",
    second: "#f0883e",
    third: "#8b949e",
    peer: "#626c78",
    other: "#8a7752",
  },
} satisfies Record<string, Theme>;

const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', 'DejaVu Sans', sans-serif";

/** How a text looks; its position is the start of its baseline unless `anchor` says otherwise. */
export interface TextStyle {
  fill: string;
  size?: number;
  anchor?: "start" | "middle" | "end";
  bold?: boolean;
}

export function text(
  x: number,
  y: number,
  content: string,
  { fill, size = 12, anchor = "start", bold }: TextStyle,
): string {
  const weight = bold ? ' font-weight="600"' : "";
  return `<text x="${at(x)}" y="${at(y)}" font-size="${size}" text-anchor="${anchor}"${weight} fill="${fill}">${escaped(content)}</text>`;
}

export function rectangle(x: number, y: number, width: number, height: number, fill: string): string {
  return `<rect x="${at(x)}" y="${at(y)}" width="${at(width)}" height="${at(height)}" rx="2" fill="${fill}"/>`;
}

export function line(x1: number, y1: number, x2: number, y2: number, stroke: string, dashes = ""): string {
  const dashed = dashes && ` stroke-dasharray="${dashes}"`;
  return `<line x1="${at(x1)}" y1="${at(y1)}" x2="${at(x2)}" y2="${at(y2)}" fill="none" stroke="${stroke}"${dashed}/>`;
}

/** A mark of a point: its shape tells as much as its color. */
export function mark(shape: "circle" | "square" | "diamond", x: number, y: number, size: number, fill: string): string {
  const around = (points: [number, number][]) =>
    `<polygon points="${points.map(([dx, dy]) => `${at(x + dx * size)},${at(y + dy * size)}`).join(" ")}" fill="${fill}"/>`;
  switch (shape) {
    case "circle":
      return `<circle cx="${at(x)}" cy="${at(y)}" r="${size}" fill="${fill}"/>`;
    case "square":
      return around([
        [-0.9, -0.9],
        [0.9, -0.9],
        [0.9, 0.9],
        [-0.9, 0.9],
      ]);
    case "diamond":
      return around([
        [0, -1.25],
        [1.25, 0],
        [0, 1.25],
        [-1.25, 0],
      ]);
  }
}

export function ring(x: number, y: number, radius: number, stroke: string): string {
  return `<circle cx="${at(x)}" cy="${at(y)}" r="${radius}" fill="none" stroke="${stroke}" stroke-width="1.5"/>`;
}

/** A whole image with its title. */
export function document(
  width: number,
  height: number,
  title: string,
  { background }: Theme,
  body: readonly string[],
): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${FONT}" role="img" aria-label="${escaped(title)}">
<rect width="${width}" height="${height}" fill="${background}"/>
${body.join("\n")}
</svg>
`;
}

/** Positions to a tenth of a pixel. */
function at(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function escaped(content: string): string {
  return content.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/"/g, "&quot;");
}
