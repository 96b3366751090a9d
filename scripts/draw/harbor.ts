/** A harbor town on a late afternoon, ray traced: the content image of the examples. */
import { buildCutter, buildRowboat, buildTrawler } from "./harbor/boats.ts";
import { buildForeground, hang } from "./harbor/foreground.ts";
import { buildLandscape } from "./harbor/landscape.ts";
import { matter, ROPE } from "./harbor/materials.ts";
import { Mesh } from "./harbor/mesh.ts";
import { Tracer } from "./harbor/render.ts";
import { buildTown } from "./harbor/town.ts";
import type { Raster } from "./png.ts";
import { createRandom } from "./random.ts";

const BLACK = matter("plain", "23262b", 0.05);
const WHITE = matter("plain", "ece6d8", 0.05);
const RED = matter("plain", "a5322a", 0.05);
const BLUE = matter("plain", "2c5f8a", 0.05);
const GREEN = matter("plain", "2f6a57", 0.05);
const RUST = matter("plain", "7a3b2a");

function buildFleet(mesh: Mesh): void {
  buildCutter(
    mesh,
    [7, 0, 38],
    2.75,
    { length: 10, beam: 3.4, side: 1.25, paint: BLACK, strake: WHITE, boot: RED },
    "main",
    true,
  );
  buildCutter(
    mesh,
    [-5, 0, 43],
    0.35,
    { length: 8.5, beam: 2.7, side: 0.95, paint: WHITE, strake: BLUE, boot: RUST },
    "furled",
    false,
  );
  buildCutter(
    mesh,
    [-7.2, 0, 54],
    1.2,
    { length: 8, beam: 2.6, side: 0.9, paint: GREEN, strake: WHITE, boot: RED },
    "furled",
    false,
  );
  buildCutter(
    mesh,
    [71, 0, 162],
    2.6,
    { length: 12, beam: 3.6, side: 1.2, paint: BLUE, strake: WHITE, boot: RED },
    "set",
    false,
  );
  buildCutter(
    mesh,
    [109, 0, 232],
    0.3,
    { length: 12, beam: 3.6, side: 1.2, paint: WHITE, strake: WHITE, boot: RED },
    "set",
    false,
  );
  buildTrawler(mesh, [5, 0, 57.5], 0.06, { length: 9.5, beam: 3.1, side: 1.3, paint: BLUE, strake: WHITE, boot: RED });
  buildTrawler(mesh, [22.5, 0, 45], 2.6, { length: 9, beam: 3, side: 1.25, paint: RED, strake: WHITE, boot: BLACK });
  buildRowboat(mesh, [-3.6, 0, 19.5], 0.5, {
    length: 4.4,
    beam: 1.6,
    side: 0.52,
    paint: WHITE,
    strake: GREEN,
    boot: RUST,
  });
  buildRowboat(mesh, [3.4, 0, 22.5], 2.2, { length: 4, beam: 1.5, side: 0.5, paint: BLUE, strake: WHITE, boot: RUST });
  mesh.line(hang([-5.4, 0.6, 18.6], [-8.2, 1.7, 20], 0.3), 0.025, ROPE, 4);
  mesh.line(hang([4.2, 0.6, 21], [5.6, 1.6, 17.5], 0.3), 0.025, ROPE, 4);
}

/** Renders the picture, 768 x 576. */
export function drawHarbor(): Raster {
  const random = createRandom(9);
  const mesh = new Mesh();
  buildTown(mesh, random);
  buildLandscape(mesh, random);
  buildFleet(mesh);
  buildForeground(mesh, random);
  return new Tracer(mesh).render(768, 576);
}
