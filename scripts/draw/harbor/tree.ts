/**
 * The bounding volume hierarchy that bvh.ts walks: boxes within boxes round the triangles of a scene, split where the
 * surface area heuristic expects the least work (Wald, "On fast construction of SAH-based bounding volume
 * hierarchies", 2007).
 */

const BINS = 16;
const LEAF_SIZE = 3;

/** The finished tree. The left child of an inner node is the node after it. */
export interface Tree {
  /** Six numbers per node: the lowest and the highest corner of its box. */
  bounds: Float32Array;
  /** Inner node: its right child. Leaf: where its triangles begin in {@link order}. */
  link: Int32Array;
  /** Number of triangles of a leaf, 0 for an inner node. */
  size: Int32Array;
  /** Axis along which an inner node is split: the left child has the lower coordinates. */
  axis: Uint8Array;
  /** Triangle numbers, leaf by leaf. */
  order: Int32Array;
}

function emptyBox(): Float64Array {
  return new Float64Array([Infinity, Infinity, Infinity, -Infinity, -Infinity, -Infinity]);
}

/** Makes `box` large enough to hold the box that begins at `from` in `boxes`. */
function include(box: Float64Array, boxes: Float64Array, from: number): void {
  for (let k = 0; k < 3; k++) {
    box[k] = Math.min(box[k], boxes[from + k]);
    box[k + 3] = Math.max(box[k + 3], boxes[from + k + 3]);
  }
}

/** Half the surface of a box, 0 for an empty one. */
function area(box: Float64Array): number {
  const x = box[3] - box[0];
  const y = box[4] - box[1];
  const z = box[5] - box[2];
  return x < 0 ? 0 : x * y + y * z + z * x;
}

function triangleBoxes(vertices: ArrayLike<number>): Float64Array {
  const count = vertices.length / 9;
  const boxes = new Float64Array(6 * count);
  for (let i = 0; i < count; i++) {
    for (let k = 0; k < 3; k++) {
      const [a, b, c] = [vertices[9 * i + k], vertices[9 * i + 3 + k], vertices[9 * i + 6 + k]];
      boxes[6 * i + k] = Math.min(a, b, c);
      boxes[6 * i + 3 + k] = Math.max(a, b, c);
    }
  }
  return boxes;
}

/** Builds the tree of a scene of nine numbers per triangle. */
export function buildTree(vertices: ArrayLike<number>): Tree {
  const boxes = triangleBoxes(vertices);
  const count = boxes.length / 6;
  const order = Int32Array.from({ length: count }, (_, i) => i);
  const tree: Tree = {
    bounds: new Float32Array(12 * count),
    link: new Int32Array(2 * count),
    size: new Int32Array(2 * count),
    axis: new Uint8Array(2 * count),
    order,
  };
  const middleOf = (triangle: number, axis: number) => boxes[6 * triangle + axis] + boxes[6 * triangle + axis + 3];

  /** The axis and the border between bins at which splitting triangles first..end-1 costs least. */
  const chooseSplit = (first: number, end: number) => {
    let best = { cost: Infinity, axis: 0, border: 0 };
    for (let axis = 0; axis < 3; axis++) {
      let low = Infinity;
      let high = -Infinity;
      for (let i = first; i < end; i++) {
        low = Math.min(low, middleOf(order[i], axis));
        high = Math.max(high, middleOf(order[i], axis));
      }
      if (high - low < 1e-9) continue;
      const bins = Array.from({ length: BINS }, () => ({ count: 0, box: emptyBox() }));
      for (let i = first; i < end; i++) {
        const place = (BINS * (middleOf(order[i], axis) - low)) / (high - low);
        const bin = bins[Math.min(Math.floor(place), BINS - 1)];
        bin.count++;
        include(bin.box, boxes, 6 * order[i]);
      }
      const costs = new Float64Array(BINS);
      for (const forward of [true, false]) {
        const box = emptyBox();
        let seen = 0;
        for (let b = 0; b < BINS - 1; b++) {
          const bin = bins[forward ? b : BINS - 1 - b];
          include(box, bin.box, 0);
          seen += bin.count;
          costs[forward ? b + 1 : BINS - 1 - b] += seen * area(box);
        }
      }
      for (let b = 1; b < BINS; b++) {
        if (costs[b] < best.cost) best = { cost: costs[b], axis, border: low + ((high - low) * b) / BINS };
      }
    }
    return best;
  };

  let nodes = 0;
  const build = (first: number, end: number): void => {
    const node = nodes++;
    const box = emptyBox();
    for (let i = first; i < end; i++) include(box, boxes, 6 * order[i]);
    // A little wider than the triangles, because single precision rounds.
    for (let k = 0; k < 6; k++) tree.bounds[6 * node + k] = box[k] + (k < 3 ? -1e-3 : 1e-3);
    let middle = first;
    if (end - first > LEAF_SIZE) {
      const split = chooseSplit(first, end);
      tree.axis[node] = split.axis;
      for (let i = first; i < end && split.cost < Infinity; i++) {
        const triangle = order[i];
        if (middleOf(triangle, split.axis) >= split.border) continue;
        order[i] = order[middle];
        order[middle++] = triangle;
      }
    }
    if (middle === first || middle === end) {
      tree.link[node] = first;
      tree.size[node] = end - first;
      return;
    }
    build(first, middle);
    tree.link[node] = nodes;
    build(middle, end);
  };
  build(0, count);
  return tree;
}
