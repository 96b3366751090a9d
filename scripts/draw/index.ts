/**
 * Draws the example images: `npx tsx scripts/draw/index.ts [OUT_FOLDER] [NAME...]`, default all of them into
 * examples/images. The same bytes on every run.
 */
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { drawEmbers } from "./embers.ts";
import { drawHarbor } from "./harbor.ts";
import { drawMosaic } from "./mosaic.ts";
import { encodePng, type Raster } from "./png.ts";
import { drawSwirls } from "./swirls.ts";

const PICTURES: Readonly<Record<string, { draw(): Raster; levels: number }>> = {
  harbor: { draw: drawHarbor, levels: 255 },
  swirls: { draw: drawSwirls, levels: 64 },
  embers: { draw: drawEmbers, levels: 64 },
  mosaic: { draw: drawMosaic, levels: 64 },
};

const [folder = fileURLToPath(new URL("../../examples/images", import.meta.url)), ...names] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
for (const name of names.length > 0 ? names : Object.keys(PICTURES)) {
  const picture = PICTURES[name];
  if (!picture) throw new Error(`There is no picture "${name}". Choose from ${Object.keys(PICTURES).join(", ")}.`);
  const started = performance.now();
  const bytes = encodePng(picture.draw(), picture.levels);
  const path = join(folder, `${name}.png`);
  writeFileSync(`${path}.tmp`, bytes);
  renameSync(`${path}.tmp`, path);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${path}: ${Math.round(bytes.length / 1024)} KB in ${seconds} s`);
}
