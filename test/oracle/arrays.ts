/**
 * The oracle's one data type. The oracle computes every operation a second time, in float64 and with plain loops, so
 * that the GPU kernels have something to be compared with that shares no code with them.
 *
 * Two conventions hold in all of its files. Images are [channels, height, width], without a batch dimension. And for
 * an operation `f(x, ...)` there is `fGradient(gradient, ...)`, its vector-Jacobian product: `gradient` is the
 * derivative of some loss with respect to f's output and has the output's shape (a number where f gives a number);
 * the result is the derivative of that loss with respect to f's inputs. After `gradient` come those arguments of `f`
 * on which it depends.
 */
import { ShapeError } from "../../src/errors.ts";

/** Numbers in row-major order: the last index of the shape changes fastest. */
export interface Array64 {
  shape: number[];
  data: Float64Array;
}

/** How many values an array of this shape has; 1 for the shape [] of a scalar. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** An array with a copy of these values. Throws ShapeError if there are more or fewer than the shape has room for. */
export function array64(shape: readonly number[], values: ArrayLike<number>): Array64 {
  if (values.length !== sizeOf(shape)) {
    throw new ShapeError(`[${shape}] has ${sizeOf(shape)} values, but ${values.length} were given. Pass as many.`);
  }
  return { shape: [...shape], data: Float64Array.from(values) };
}

/** An array of zeros. */
export function zeros(shape: readonly number[]): Array64 {
  return { shape: [...shape], data: new Float64Array(sizeOf(shape)) };
}

/** The same values rounded to float32, as they are uploaded to the GPU. */
export function toFloat32(x: Array64): Float32Array {
  return Float32Array.from(x.data);
}

/** Throws ShapeError unless the shape is the expected one. */
export function requireShape(name: string, shape: readonly number[], expected: readonly number[]): void {
  if (shape.join() !== expected.join()) {
    throw new ShapeError(`${name} has the shape [${shape}], but [${expected}] is needed. Pass it in that shape.`);
  }
}

/** Applies a function to every value. */
export function map(x: Array64, f: (value: number) => number): Array64 {
  return { shape: [...x.shape], data: x.data.map((value) => f(value)) };
}

/** Applies a function to every pair of values at the same place. Throws ShapeError unless both shapes are the same. */
export function map2(a: Array64, b: Array64, f: (a: number, b: number) => number): Array64 {
  requireShape("The second array", b.shape, a.shape);
  return { shape: [...a.shape], data: a.data.map((value, i) => f(value, b.data[i])) };
}
