/** What the optimizers need of linear algebra, on plain lists of variables. */

/** The sum of a * b. */
export function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((total, value, i) => total + value * b[i], 0);
}

/** The point x + length * direction. */
export function along(x: Float64Array, length: number, direction: Float64Array): Float64Array {
  return x.map((value, i) => value + length * direction[i]);
}
