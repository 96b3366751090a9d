/** Pictures and charts as output of a cell. */
import { createCanvas, ImageData } from "@napi-rs/canvas";
import { encodeImage, type Picture } from "nst-gpu";
import { parse, View } from "vega";
import { compile, type TopLevelSpec } from "vega-lite";

/** What a cell shows when it ends with it, or through `Deno.jupyter.display(..., { raw: true })`. */
interface Shown {
  [type: string]: string;
}

declare const Deno: { jupyter: { display(output: Shown, options: { raw: true }): Promise<void> } };

/** A picture with a title under it. */
export interface Titled {
  title: string;
  picture: Picture;
}

/** Shows a picture, each of its pixels as a square of `zoom` pixels. */
export async function showPicture(picture: Picture, zoom = 1): Promise<void> {
  await showPng(enlarged(picture, zoom));
}

/** Shows pictures in rows, with their titles under them; all get the width of the widest. */
export async function showGrid(rows: readonly (readonly Titled[])[], zoom = 1): Promise<void> {
  const [gap, line] = [8, 20];
  const all = rows.flat().map(({ picture }) => picture);
  const [width, height] = (["width", "height"] as const).map(
    (side) => zoom * Math.max(...all.map((each) => each[side])) + gap,
  );
  const columns = Math.max(...rows.map((row) => row.length));
  const canvas = createCanvas(columns * width + gap, rows.length * (height + line) + gap);
  const context = canvas.getContext("2d");
  context.fillStyle = "white";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = "black";
  context.font = "12px sans-serif";
  for (const [y, row] of rows.entries()) {
    for (const [x, { title, picture }] of row.entries()) {
      const { data, ...size } = enlarged(picture, zoom);
      const [left, top] = [gap + x * width, gap + y * (height + line)];
      context.putImageData(new ImageData(new Uint8ClampedArray(data), size.width, size.height), left, top);
      context.fillText(title, left, top + size.height + 14, width - gap);
    }
  }
  const png = canvas.toBuffer("image/png");
  // Photographs and noise take a third as a JPEG, and notebooks are read over the net.
  if (png.length < 50_000) await show("image/png", png.toString("base64"));
  else await show("image/jpeg", canvas.toBuffer("image/jpeg", 92).toString("base64"));
}

/** Shows a chart described in Vega-Lite (https://vega.github.io/vega-lite). */
export async function showChart(chart: TopLevelSpec): Promise<void> {
  const { spec } = compile(chart);
  await show("image/svg+xml", await new View(parse(spec), { renderer: "none" }).toSVG());
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
        title: y,
        scale: logarithmic ? { type: "log", nice: false } : { zero: false },
      },
      color: { field: "name", type: "nominal", title: null, sort: null },
    },
  });
}

async function showPng(picture: Picture): Promise<void> {
  await show("image/png", Buffer.from(await encodeImage(picture, "png")).toString("base64"));
}

async function show(type: string, content: string): Promise<void> {
  await Deno.jupyter.display({ [type]: content }, { raw: true });
}

function enlarged({ width, height, data }: Picture, zoom: number): Picture {
  const result = new Uint8ClampedArray(4 * width * height * zoom ** 2);
  for (let y = 0; y < height * zoom; y++) {
    for (let x = 0; x < width * zoom; x++) {
      const from = 4 * (Math.floor(y / zoom) * width + Math.floor(x / zoom));
      for (let channel = 0; channel < 4; channel++) result[4 * (y * width * zoom + x) + channel] = data[from + channel];
    }
  }
  return { width: width * zoom, height: height * zoom, data: result };
}
