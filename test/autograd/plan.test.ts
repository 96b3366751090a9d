/** The memory plan: nobody's buffer is overwritten while its value is still needed, and far fewer bytes than tensors have. */
import { describe, expect, it } from "vitest";
import { compileStep } from "../../scripts/step.ts";
import { compile, type Traced } from "../../src/autograd/compile.ts";
import { gradients } from "../../src/autograd/gradient.ts";
import { isContinuation, isLeaf, Tensor } from "../../src/autograd/graph.ts";
import { type Plan, planMemory } from "../../src/autograd/plan.ts";
import { add, multiply, scale, subtract } from "../../src/autograd/pointwise.ts";
import type { Program } from "../../src/autograd/program.ts";
import { sum } from "../../src/autograd/reductions.ts";
import { variable } from "../../src/autograd/runtime.ts";
import { variableOf } from "../engine.ts";
import { type FakeBinding, type FakeBuffer, type FakeLog, fakeDevice } from "./fake-gpu.ts";
import { randomGraph } from "./random-graph.ts";
import { compileVggStep, zeroFill } from "./vgg-step.ts";

/** What the buffers hold: which tensor, from which byte to which. */
class Memory {
  private readonly held = new Map<FakeBuffer, { tensor: Tensor; from: number; to: number }[]>();

  write(binding: FakeBinding, tensor: Tensor): void {
    const [from, to] = rangeOf(binding);
    const others = this.held.get(binding.buffer) ?? [];
    this.held.set(binding.buffer, [
      ...others.filter((other) => other.to <= from || to <= other.from),
      { tensor, from, to },
    ]);
  }

  /** The tensors of which the bytes of a binding hold any part. */
  read(binding: FakeBinding): Tensor[] {
    const [from, to] = rangeOf(binding);
    const inside = (this.held.get(binding.buffer) ?? []).filter((other) => from < other.to && other.from < to);
    return inside.map(({ tensor }) => tensor);
  }

  /** The one tensor that a whole buffer holds. */
  get(buffer: FakeBuffer): Tensor | undefined {
    return this.read({ buffer })[0];
  }

  buffers(): FakeBuffer[] {
    return [...this.held.keys()];
  }
}

function rangeOf({ buffer, offset = 0, size = buffer.size }: FakeBinding): [from: number, to: number] {
  return [offset, offset + size];
}

/**
 * Follows which tensor each part of a buffer holds, dispatch by dispatch, and fails where one reads what no longer holds
 * its input, or writes to a buffer that it reads. `bindGroups` are those of one run. Returns what the buffers hold at the end.
 */
function replay(program: Program, bindGroups: readonly FakeBinding[][]): Memory {
  const memory = new Memory();
  expect(bindGroups.length).toBe(program.steps.length);
  program.steps.forEach(({ tensor, kernel }, step) => {
    const reads = bindGroups[step].slice(0, kernel.inputs);
    const written = bindGroups[step][kernel.inputs];
    const where = `dispatch ${step}, ${kernel.label}`;
    const before = isContinuation(tensor) ? tensor.inputs[0] : undefined;
    if (before) expect(memory.read(written), `${where}: what it continues is intact`).toEqual([before]);
    const inputs = tensor.inputs.slice(before ? 1 : 0);
    expect(reads.length, where).toBe(inputs.length);
    inputs.forEach((input, index) => {
      const holds = memory.read(reads[index]);
      const isIntact = isLeaf(input) ? holds.length === 0 : holds.length === 1 && holds[0] === input;
      expect(isIntact, `${where}: input ${index} is intact`).toBe(true);
      expectFit(reads[index], input, `${where}: input ${index}`);
    });
    expect(
      reads.some(({ buffer }) => buffer === written.buffer),
      `${where} writes what it reads`,
    ).toBe(false);
    expectFit(written, tensor, where);
    memory.write(written, tensor);
  });
  return memory;
}

function expectFit(binding: FakeBinding, tensor: Tensor, where: string): void {
  const [from, to] = rangeOf(binding);
  expect(to - from, `${where} fits`).toBeGreaterThanOrEqual(4 * tensor.size);
  expect(to, `${where} is inside its buffer`).toBeLessThanOrEqual(binding.buffer.size);
  expect(from % 256, `${where} is aligned`).toBe(0);
}

/** What a run of each rotation of a program binds, dispatch by dispatch. */
function recordings(log: FakeLog, program: Program, rotations = 1): FakeBinding[][][] {
  return Array.from({ length: rotations }, (_, rotation) => {
    const before = log.bound.length;
    program.run(rotation);
    return log.bound.slice(before);
  });
}

const bufferOf = (tensor: Tensor) => tensor.storage!.buffer as unknown as FakeBuffer;

describe("planMemory", () => {
  const leaf = new Tensor({ kind: "variable" }, [], [100]);
  const node = (size: number, ...inputs: Tensor[]) => new Tensor({ kind: "transpose" }, inputs, [size]);

  const buffersOf = ({ placeOf }: Plan, ...tensors: Tensor[]) => tensors.map((tensor) => placeOf.get(tensor)?.buffer);

  it("of a chain needs two buffers", () => {
    const a = node(100, leaf);
    const b = node(50, a);
    const c = node(80, b);
    const d = node(60, c);
    const plan = planMemory([a, b, c, d], new Set());
    expect(plan.bytes).toEqual([400, 240]);
    expect(buffersOf(plan, a, b, c, d)).toEqual([0, 1, 0, 1]);
    expect(plan.naiveBytes).toBe(4 * (100 + 50 + 80 + 60));
  });

  it("keeps a value until its last use, which need not be the next step", () => {
    const a = node(10, leaf);
    const b = node(10, a);
    const c = node(10, b);
    const d = node(10, c, a);
    const plan = planMemory([a, b, c, d], new Set());
    expect(plan.lives.map(({ first, last }) => [first, last])).toEqual([
      [0, 3],
      [1, 2],
      [2, 3],
      [3, 3],
    ]);
    // a lives throughout; c is made while b is read; d while a and c are read, b being free again.
    expect(buffersOf(plan, a, b, c, d)).toEqual([0, 1, 2, 1]);
  });

  it("leaves out tensors that have a buffer of their own", () => {
    const a = node(10, leaf);
    const b = node(10, a);
    const plan = planMemory([a, b], new Set([b]));
    expect(plan.bytes).toEqual([40]);
    expect(plan.placeOf.has(b)).toBe(false);
  });
});

const seeds = Array.from({ length: 40 }, (_, index) => 7000 + 3 * index);

const graphs = seeds.flatMap((seed) => [false, true].map((recompute) => ({ seed, recompute })));

it.each(graphs)(
  "random graph $seed with gradients, some of them assigned, recompute: $recompute",
  async ({ seed, recompute }) => {
    const { device, log } = await fakeDevice({ recompute });
    const { inputs, build } = randomGraph(seed, 25);
    const variables = inputs.map((input) => variableOf(device, input));
    const values: Tensor[] = [];
    const program = await compile(device, () => {
      const results = build(variables);
      const slopes = gradients(results.map(sum).reduce(add), variables);
      values.push(...variables.map((each, index) => subtract(each, scale(slopes[index], 0.1))));
      const assign = variables.map((each, index): [Tensor, Tensor] => [each, values[index]]);
      return { results: Object.fromEntries(results.entries()), assign };
    });
    const [bindGroups] = recordings(log, program);
    const held = replay(program, bindGroups);
    for (const [name, result] of Object.entries(program.results)) {
      expect(held.get(bufferOf(result))?.shape, `result ${name}`).toEqual(result.shape);
    }
    for (const each of variables) expect(held.get(bufferOf(each))?.shape).toEqual(each.shape);
    const { planned, naive } = program.bytes;
    expect(planned).toBeLessThanOrEqual(naive);
    expect(planned).toBe(program.plan.bytes.reduce((total, bytes) => total + bytes, 0));
  },
);

describe("assignments", () => {
  const trace = async (make: (x: Tensor, y: Tensor) => Traced) => {
    const { device, log } = await fakeDevice();
    const [x, y] = [variable(device, [8]), variable(device, [8])];
    const program = await compile(device, () => make(x, y));
    return { program, held: replay(program, recordings(log, program)[0]), x, y };
  };

  it.each<[string, (x: Tensor, y: Tensor) => Traced]>([
    [
      "a swap",
      (x, y) => ({
        assign: [
          [x, y],
          [y, x],
        ],
      }),
    ],
    ["a value of the variable itself", (x) => ({ assign: [[x, scale(x, 2)]] })],
    [
      "a value that others read",
      (x, y) => ({
        assign: [
          [x, add(x, y)],
          [y, multiply(add(x, y), x)],
        ],
      }),
    ],
    [
      "the same value twice",
      (x, y) => ({
        assign: [
          [x, scale(y, 2)],
          [y, scale(y, 2)],
        ],
      }),
    ],
    ["a value that is also a result", (x, y) => ({ results: { y: scale(y, 3) }, assign: [[x, scale(y, 3)]] })],
  ])("%s", async (_name, make) => {
    const { held, x, y, program } = await trace(make);
    const assigned = make(x, y).assign!.map(([target]) => target);
    for (const target of assigned) expect(held.get(bufferOf(target))).toBeDefined();
    for (const result of Object.values(program.results)) expect(held.get(bufferOf(result))).toBeDefined();
  });

  it("go straight into the variable where nothing reads it afterwards", async () => {
    const { program } = await trace((x, y) => ({ assign: [[x, scale(y, 2)]] }));
    expect(program.steps.length).toBe(1);
    expect(program.bytes).toEqual({ planned: 0, naive: 0 });
  });
});

describe.each([false, true])("a step of style transfer, recompute: %s", async (recompute) => {
  const { device, log } = await fakeDevice({ recompute });
  const history = 3;
  const { program, image } = await compileVggStep(device, {
    widths: [64, 128, 256, 512, 512],
    height: 120,
    width: 131,
    fill: zeroFill,
    contentLayer: "relu4_2",
    styleLayers: ["relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"],
    history,
  });

  it("is right in every rotation of the history, and each writes another slot of it", () => {
    const written = recordings(log, program, history).map((bindGroups) => {
      const held = replay(program, bindGroups);
      expect(held.get(bufferOf(image))?.shape).toEqual(image.shape);
      return new Set(held.buffers().filter(({ label }) => label.startsWith("variable 3x")));
    });
    // Image, gradient, step, and in turn one of three slots for each of s and y.
    for (const buffers of written) expect(buffers.size).toBe(5);
    const common = [...written[0]].filter((buffer) => written.every((buffers) => buffers.has(buffer)));
    expect(common.length).toBe(3);
    expect(new Set(written.flatMap((buffers) => [...buffers])).size).toBe(3 + 2 * history);
  });

  it("needs less than half of what its tensors take", () => {
    const { planned, naive } = program.bytes;
    expect(naive).toBe(program.plan.lives.reduce((total, { tensor }) => total + 4 * tensor.size, 0));
    expect(planned).toBeLessThan(naive / 2);
    const live = program.steps.map((_, step) =>
      program.plan.lives.reduce(
        (total, { first, last, bytes }) => total + (first <= step && step <= last ? bytes : 0),
        0,
      ),
    );
    // No plan can do with less than what is live at once; whole buffers are shared, so this one takes somewhat more.
    expect(planned).toBeGreaterThanOrEqual(Math.max(...live));
    expect(planned).toBeLessThan(1.3 * Math.max(...live));
  });

  it("says what it does", () => {
    const lines = program.describe().split("\n");
    expect(lines.length).toBe(program.steps.length + 1);
    const { planned, naive } = program.bytes;
    const summary = `buffers, ${(planned / 1e6).toFixed(1)} MB planned against ${(naive / 1e6).toFixed(1)} MB naive`;
    expect(lines.at(-1)).toContain(`${program.steps.length} dispatches`);
    expect(lines.at(-1)).toContain(`${program.plan.bytes.length} ${summary}`);
  });
});

it.each([
  ["float32", 900],
  ["float16", 450],
] as const)("of VGG19 at 512x512 in %s takes at most %i bytes per pixel, on GPUs and CPUs", async (storage, most) => {
  for (const isSoftware of [false, true]) {
    const { device } = await fakeDevice({ storage, isSoftware });
    const { bytes } = await compileStep(device, 512, "vgg19");
    expect(bytes.planned / 512 ** 2).toBeLessThanOrEqual(most);
  }
});
