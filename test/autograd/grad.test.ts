/** grad and valueAndGrad, the eager way to derivatives, against derivatives by hand. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  channelStd,
  compile,
  conv2d,
  type Device,
  dot,
  exp,
  grad,
  gradients,
  mean,
  multiply,
  openDevice,
  ShapeError,
  square,
  squaredError,
  sum,
  tensor,
  totalVariation,
  valueAndGrad,
  variable,
} from "../../src/index.ts";

describe("grad", () => {
  let device: Device;
  beforeAll(async () => {
    device = await openDevice({ onWarning() {} });
  });
  afterAll(() => device.dispose());

  it("gives the derivative by each argument", async () => {
    const x = tensor(device, [3], [1, 2, 3]);
    const y = tensor(device, [3], [4, 5, 6]);
    const [byX, byY] = grad((a, b) => sum(multiply(square(a), b)))(x, y);
    expect([...(await byX.read())]).toEqual([8, 20, 36]);
    expect([...(await byY.read())]).toEqual([1, 4, 9]);
  });

  it("gives the value too, and derivatives that are arguments themselves", async () => {
    const x = tensor(device, [3], [1, 2, 3]);
    const constant = tensor(device, [3], [7, 8, 9]);
    const [value, slope] = valueAndGrad((a) => dot(a, constant))(x);
    expect(await value.read()).toEqual(Float32Array.of(50));
    expect([...(await slope.read())]).toEqual([7, 8, 9]);
    expect(slope.storage).not.toBe(constant.storage);
  });

  it("leaves nothing behind but results, and neither do operations composed of others", async () => {
    const other = await openDevice({ onWarning() {} });
    const image = tensor(
      other,
      [2, 6, 7],
      Float32Array.from({ length: 84 }, (_, i) => i % 11),
    );
    const weight = tensor(other, [3, 2, 3, 3], new Float32Array(54).fill(0.5));
    const bias = tensor(other, [3], [1, 2, 3]);
    const before = other.allocated.buffers;
    const features = conv2d(image, weight, { bias, padding: 1, activation: "relu" });
    const values = [mean(features), channelStd(features), totalVariation(image, "keras"), squaredError(image, image)];
    const slopes = grad((x) => mean(conv2d(x, weight, { bias })))(image);
    await other.finish();
    expect(other.allocated.buffers - before).toBe(1 + values.length + slopes.length);
    other.dispose();
  });

  it("is part of the graph where a function is traced", async () => {
    const x = variable(device, [2], [3, 4]);
    const program = await compile(device, () => ({ results: { slope: grad((a) => sum(square(a)))(x)[0] } }));
    program.run();
    expect([...(await program.results.slope.read())]).toEqual([6, 8]);
    x.write(Float32Array.of(5, 6));
    program.run();
    expect([...(await program.results.slope.read())]).toEqual([10, 12]);
    program.dispose();
  });

  it("differentiates twice", async () => {
    const x = variable(device, [2], [1, 2]);
    const program = await compile(device, () => {
      const [first] = gradients(sum(exp(multiply(x, x))), [x]);
      return { results: { second: gradients(sum(first), [x])[0] } };
    });
    program.run();
    const values = [...(await program.results.second.read())];
    // d²/dx² exp(x²) = (2 + 4 x²) exp(x²)
    [1, 2].forEach((at, index) => {
      const expected = (2 + 4 * at ** 2) * Math.exp(at ** 2);
      expect(Math.abs(values[index] / expected - 1)).toBeLessThan(1e-5);
    });
    program.dispose();
  });

  it("refuses functions without argument and values that are no scalar", () => {
    expect(() => grad(() => tensor(device, [], [1]))()).toThrow(ShapeError);
    const x = tensor(device, [2], [1, 2]);
    expect(() => grad((a) => square(a))(x)).toThrow(/2.*scalar/);
  });
});
