/**
 * Pictures and charts as output of a cell. All of them are PNGs or JPEGs, also the charts: pages that show notebooks strip
 * the drawing out of an SVG.
 */
import { type Canvas, createCanvas, ImageData, loadImage } from "@napi-rs/canvas";
import type { Picture } from "nst-gpu";
import { parse, View } from "vega";
import { compile, type TopLevelSpec } from "vega-lite";

declare const Deno: { jupyter: { broadcast(type: "display_data", content: object): Promise<void> } };

/** The first that the system has. */
const FONT = "DejaVu Sans, Helvetica, Arial, sans-serif";

/** In pixels: what a page of notebooks has room for beside each other. */
const PAGE = 880;

/** A picture with a title under it. */
export interface Titled {
  title: string;
  picture: Picture;
}

/** Shows a picture, each of its pixels as a square of `zoom` pixels. */
export async function showPicture(picture: Picture, zoom = 1): Promise<void> {
  const canvas = createCanvas(picture.width * zoom, picture.height * zoom);
  draw(canvas, picture, 0, 0, zoom, "squares");
  await showCanvas(canvas);
}

/**
 * Shows pictures in rows, with their titles under them, as large as the page has room for, but none wider than 256 pixels.
 * Enlarged pixels become squares, or are `smooth`, as photographs should be.
 */
export async function showGrid(
  rows: readonly (readonly Titled[])[],
  enlarged: "smooth" | "squares" = "smooth",
): Promise<void> {
  const [gap, line] = [8, 22];
  const pictures = rows.flat().map(({ picture }) => picture);
  const columns = Math.max(...rows.map((row) => row.length));
  const room = Math.min(256, Math.floor(PAGE / columns) - gap);
  // All by the same factor, so that they compare.
  const factor = room / Math.max(...pictures.map(({ width }) => width));
  const zoom = enlarged === "squares" ? Math.max(1, Math.floor(factor)) : factor;
  const [width, height] = (["width", "height"] as const).map((side) =>
    Math.round(zoom * Math.max(...pictures.map((picture) => picture[side]))),
  );

  const canvas = createCanvas(columns * (width + gap) + gap, rows.length * (height + line + gap) + gap);
  const context = canvas.getContext("2d");
  context.fillStyle = "white";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = "black";
  context.font = `12px ${FONT}`;
  for (const [y, row] of rows.entries()) {
    for (const [x, { title, picture }] of row.entries()) {
      const [left, top] = [gap + x * (width + gap), gap + y * (height + line + gap)];
      draw(canvas, picture, left, top, zoom, enlarged);
      context.fillText(title, left, top + Math.round(zoom * picture.height) + 15, width);
    }
  }
  await showCanvas(canvas);
}

/** Shows a chart described in Vega-Lite (https://vega.github.io/vega-lite). */
export async function showChart(chart: TopLevelSpec): Promise<void> {
  const { spec } = compile(chart, { config: { font: FONT } });
  const drawing = await loadImage(Buffer.from(await new View(parse(spec), { renderer: "none" }).toSVG()));
  const { width, height } = drawing;
  // Twice as many pixels as the chart is wide, for sharp letters.
  const canvas = createCanvas(2 * width, 2 * height);
  Object.assign(drawing, { width: canvas.width, height: canvas.height });
  canvas.getContext("2d").drawImage(drawing, 0, 0);
  await show("image/png", canvas.toBuffer("image/png"), { width, height });
}

/** A line in a chart. */
export interface Line {
  name: string;
  values: readonly number[];
}

/** Shows lines over the number of the value: losses over steps, for instance. */
export function showLines(
  lines: readonly Line[],
  { x = "step", y = "loss", logarithmic = true }: { x?: string; y?: string; logarithmic?: boolean } = {},
): Promise<void> {
  const values = lines.flatMap(({ name, values }) => values.map((value, index) => ({ name, x: index + 1, y: value })));
  return showChart({
    data: { values },
    width: 480,
    height: 240,
    mark: "line",
    encoding: {
      x: { field: "x", type: "quantitative", title: x, scale: { nice: false }, axis: { tickCount: 8 } },
      y: {
        field: "y",
        type: "quantitative",
        title: logarithmic ? `${y}, logarithmic` : y,
        scale: logarithmic ? { type: "log", nice: false } : { zero: false },
      },
      color: { field: "name", type: "nominal", title: null, sort: null },
      // Lines that lie on each other can both be seen.
      strokeDash: { field: "name", type: "nominal", title: null, sort: null },
    },
  });
}

/** Draws a picture at a place of a canvas, enlarged. */
function draw(
  canvas: Canvas,
  { width, height, data }: Picture,
  left: number,
  top: number,
  zoom: number,
  enlarged: "smooth" | "squares",
): void {
  const original = createCanvas(width, height);
  original.getContext("2d").putImageData(new ImageData(new Uint8ClampedArray(data), width, height), 0, 0);
  const context = canvas.getContext("2d");
  context.imageSmoothingEnabled = enlarged === "smooth";
  context.imageSmoothingQuality = "high";
  context.drawImage(original, left, top, Math.round(zoom * width), Math.round(zoom * height));
}

async function showCanvas(canvas: Canvas): Promise<void> {
  const png = canvas.toBuffer("image/png");
  // Photographs and noise take a third as a JPEG, and notebooks are read over the net.
  if (png.length < 50_000) await show("image/png", png);
  else await show("image/jpeg", canvas.toBuffer("image/jpeg", 92));
}

/** Shows an image file, at a size in pixels if that is not its own. */
async function show(type: string, file: Buffer, size: { width?: number; height?: number } = {}): Promise<void> {
  await Deno.jupyter.broadcast("display_data", {
    data: { [type]: file.toString("base64") },
    metadata: size.width === undefined ? {} : { [type]: size },
    transient: {},
  });
}
