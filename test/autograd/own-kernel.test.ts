/** Kernels of the caller's own, at once and in programs. */
import { describe, expect, it } from "vitest";
import { compile } from "../../src/autograd/compile.ts";
import { gradients } from "../../src/autograd/gradient.ts";
import { conv2d } from "../../src/autograd/operations.ts";
import { applyKernel, type OwnKernel } from "../../src/autograd/own-kernel.ts";
import { addConstant, scale } from "../../src/autograd/pointwise.ts";
import { sum } from "../../src/autograd/reductions.ts";
import { tensor, variable } from "../../src/autograd/runtime.ts";
import { InvalidOptionError, KernelError, ShapeError } from "../../src/errors.ts";
import { openDevice } from "../../src/gpu/open-device.ts";
import { testDevice } from "../engine.ts";
import * as oracle from "../oracle/index.ts";

const device = await testDevice();

/** a[i] - 2 b[n - 1 - i]: reads elements other than its own, so that no pointwise formula can say it. */
const reversing = (n: number): OwnKernel => ({
  label: "reversing",
  wgsl: `
    @group(0) @binding(0) var<storage, read> a: array<f32>;
    @group(0) @binding(1) var<storage, read> b: array<f32>;
    @group(0) @binding(2) var<storage, read_write> result: array<f32>;
    @compute @workgroup_size(32)
    fn main(@builtin(global_invocation_id) position: vec3u) {
      let i = position.x;
      if (i < ${n}u) { result[i] = a[i] - 2.0f * b[${n - 1}u - i]; }
    }`,
  grid: [Math.ceil(n / 32), 1, 1],
  flops: 2 * n,
});

const whole = (n: number, from: number) => Float32Array.from({ length: n }, (_, i) => (7 * i + from) % 11);

describe.each([1, 33, 100])("of %i elements", (n) => {
  const [a, b] = [whole(n, 3), whole(n, 5)];
  const wanted = a.map((value, i) => value - 2 * b[n - 1 - i]);

  it("runs at once", async () => {
    const result = applyKernel(reversing(n), [tensor(device, [n], a), tensor(device, [n], b)], [1, n]);
    expect(result.shape).toEqual([1, n]);
    expect(await result.read()).toEqual(wanted);
  });

  it("runs between other operations of a program, at every run", async () => {
    const x = variable(device, [n], a);
    const y = tensor(device, [n], b);
    const program = await compile(device, () => {
      const reversed = applyKernel(reversing(n), [addConstant(x, 1), scale(y, 3)], [n]);
      return { results: { twice: scale(reversed, 2), total: sum(reversed) } };
    });
    for (const from of [0, 4]) {
      const values = whole(n, from);
      x.write(values);
      program.run();
      const reversed = values.map((value, i) => value + 1 - 6 * b[n - 1 - i]);
      expect(await program.results.twice.read()).toEqual(reversed.map((value) => 2 * value));
      expect((await program.results.total.read())[0]).toBe(reversed.reduce((total, value) => total + value, 0));
    }
    expect(program.describe()).toContain("reversing");
    expect(program.steps.find(({ kernel }) => kernel.label === "reversing")!.kernel.bytes).toBe(12 * n);
    program.dispose();
  });
});

it("reads float32 on a device that stores halves", async () => {
  const halves = await openDevice({ storage: "float16", onWarning: () => {} });
  const next = oracle.random(3);
  const [image, weight] = [oracle.normal(next, [3, 8, 8]), oracle.normal(next, [4, 3, 3, 3])];
  const [x, w] = [variable(halves, image.shape, image.data), tensor(halves, weight.shape, weight.data)];
  const ones = tensor(halves, [256], new Float32Array(256));
  const program = await compile(halves, () => {
    const map = conv2d(x, w, { padding: 1 });
    return { results: { copy: applyKernel(reversing(256), [map, ones], [256]) } };
  });
  program.run();
  const expected = oracle.conv2d(image, weight, undefined, { stride: 1, padding: 1, mode: "zero" });
  oracle.compare(await program.results.copy.read(), oracle.array64([256], expected.data), {
    k: 40,
    terms: 27,
    label: "the map",
  });
  halves.dispose();
});

it("says which line is no WGSL, and leaves the device as it was", async () => {
  const x = variable(device, [4], [1, 2, 3, 4]);
  const wrong = { ...reversing(4), wgsl: reversing(4).wgsl.replace("2.0f", "two") };
  const failing = compile(device, () => ({ results: { result: applyKernel(wrong, [x, x], [4]) } }));
  await expect(failing).rejects.toThrow(KernelError);
  await expect(failing).rejects.toThrow(/"reversing" does not compile.*two.*Correct it if it is your own/s);
  expect([...(await scale(x, 2).read())]).toEqual([2, 4, 6, 8]);
});

describe("refuses", () => {
  const x = variable(device, [4]);

  it("a number of inputs that cannot be bound", () => {
    expect(() => applyKernel(reversing(4), [], [4])).toThrow(InvalidOptionError);
    expect(() => applyKernel(reversing(4), Array(8).fill(x), [4])).toThrow(/8 inputs; pass 1 to 7/);
  });

  it.each([[[0, 1, 1]], [[1.5, 1, 1]], [[1, 65536, 1]], [[1, 1]]])("a grid of %j", (grid) => {
    const kernel = { ...reversing(4), grid: grid as [number, number, number] };
    expect(() => applyKernel(kernel, [x, x], [4])).toThrow(InvalidOptionError);
  });

  it("a shape that is none", () => {
    expect(() => applyKernel(reversing(4), [x, x], [2, 0])).toThrow(ShapeError);
  });

  it("a gradient", async () => {
    const loss = () => ({ results: { slope: gradients(sum(applyKernel(reversing(4), [x, x], [4])), [x])[0] } });
    await expect(compile(device, loss)).rejects.toThrow(/"reversing" cannot be differentiated; compose it of/);
  });
});
