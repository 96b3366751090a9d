/** The church: a square tower with a clock and a copper spire, the nave beside it. */
import { COPPER, IRON, matter, OLD_TILES, PANE, WHITE_TRIM } from "./materials.ts";
import type { Material, Mesh } from "./mesh.ts";
import { at, type Frame, type Vec } from "./vector.ts";

/** Builds the church; the middle of the tower's front stands at `base`. */
export function buildChurch(mesh: Mesh, base: Vec): void {
  const wall = matter("plaster", "e0d2b4");
  const frame: Frame = { origin: base, x: [1, 0, 0], y: [0, 1, 0], z: [0, 0, -1] };
  const height = 25;
  mesh.box(frame, [-3.6, 0, -7.2], [3.6, height, 0], wall);
  for (const y of [9, 17, height - 0.3]) mesh.box(frame, [-3.9, y, -7.5], [3.9, y + 0.45, 0.3], WHITE_TRIM);
  for (const x of [-3.75, 3.15]) mesh.box(frame, [x, 0, -0.4], [x + 0.6, height, 0.12], WHITE_TRIM);
  const opening = (x: number, y: number, w: number, h: number) => {
    const arch: Vec[] = [at(frame, x - w, y, 0.06), at(frame, x + w, y, 0.06)];
    for (let i = 0; i <= 8; i++) {
      arch.push(at(frame, x + w * Math.cos((Math.PI * i) / 8), y + h + w * Math.sin((Math.PI * i) / 8), 0.06));
    }
    mesh.polygon(arch, PANE);
    mesh.line([...arch.slice(2), arch[0]], 0.14, WHITE_TRIM);
    mesh.line([arch[1], arch[2]], 0.14, WHITE_TRIM);
  };
  for (const x of [-1.5, 1.5]) opening(x, 18.2, 0.75, 3);
  opening(0, 10.5, 0.7, 1.8);
  // Clock.
  const disc = (radius: number, z: number, material: Material) =>
    mesh.polygon(
      Array.from({ length: 20 }, (_, i) => {
        const angle = (Math.PI * i) / 10;
        return at(frame, radius * Math.cos(angle), 15 + radius * Math.sin(angle), z);
      }),
      material,
    );
  disc(1.5, 0.08, IRON);
  disc(1.3, 0.12, WHITE_TRIM);
  mesh.tube(at(frame, 0, 15, 0.2), at(frame, 0.3, 16.1, 0.2), 0.09, 0.09, IRON);
  mesh.tube(at(frame, 0, 15, 0.2), at(frame, -0.75, 14.7, 0.2), 0.09, 0.09, IRON);
  // Spire: copper, with a lantern.
  const top: Vec = at(frame, 0, height, -3.6);
  mesh.turned(
    top,
    [
      [5.3, 0.1],
      [4.2, 1.3],
      [2.6, 3.2],
      [1.9, 4.4],
    ],
    COPPER,
    8,
  );
  mesh.turned(
    top,
    [
      [1.5, 4.3],
      [1.5, 6.6],
    ],
    WHITE_TRIM,
    8,
  );
  mesh.turned(
    top,
    [
      [2.1, 6.5],
      [1.6, 7.4],
      [0.7, 9.6],
      [0.12, 14.5],
    ],
    COPPER,
    8,
  );
  const tip: Vec = [top[0], top[1] + 14.5, top[2]];
  mesh.tube(tip, [tip[0], tip[1] + 1.8, tip[2]], 0.1, 0.1, IRON);
  mesh.tube([tip[0] - 0.6, tip[1] + 1.1, tip[2]], [tip[0] + 0.6, tip[1] + 1.1, tip[2]], 0.1, 0.1, IRON);
  // Nave, to the left of the tower.
  mesh.box(frame, [-26, 0, -9], [-3.6, 11, 1.5], wall);
  mesh.polygon(
    [at(frame, -26.5, 10.8, 2), at(frame, -3.6, 10.8, 2), at(frame, -3.6, 18, -3.7), at(frame, -26.5, 18, -3.7)],
    OLD_TILES,
  );
  for (let x = -23; x < -5; x += 4) opening(x, 5, 0.8, 3);
}
