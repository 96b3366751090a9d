/** Tensors whose values do not lie in row-major order: strides say how far apart, in values, neighbours of each dimension are. */

/** Whether values lie in row-major order without gaps. The stride of a dimension of one value does not matter. */
export function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    if (shape[i] !== 1 && strides[i] !== expected) return false;
    expected *= shape[i];
  }
  return true;
}

/** The values in row-major order. The caller has checked that the strides do not lead out of them. */
export function gather(values: Float32Array, shape: readonly number[], strides: readonly number[]): Float32Array {
  const gathered = new Float32Array(shape.reduce((product, size) => product * size, 1));
  const index = shape.map(() => 0);
  let from = 0;
  for (let to = 0; to < gathered.length; to++) {
    gathered[to] = values[from];
    for (let i = shape.length - 1; i >= 0; i--) {
      from += strides[i];
      if (++index[i] < shape[i]) break;
      from -= shape[i] * strides[i];
      index[i] = 0;
    }
  }
  return gathered;
}
