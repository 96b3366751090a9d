/**
 * A compiled program: the recorded dispatches of a graph and the buffers they use, replayed with neither allocation nor
 * waiting inside a run. Nothing but the program owns its planned buffers.
 */
import { NstError } from "../errors.ts";
import type { Device } from "../gpu/device.ts";
import type { Kernel } from "../kernels/kernel.ts";
import { memoized } from "../once-per.ts";
import type { CompileOptions } from "./compile.ts";
import { describeProgram, totalFlops } from "./describe.ts";
import { type Dispatch, encode, noValues, record, type Step, submit } from "./execution.ts";
import { copyOf, kernelInputs, ownerOf, type Tensor } from "./graph.ts";
import { lower } from "./lower.ts";
import { type Plan, planMemory } from "./plan.ts";
import type { DispatchTime } from "./profile.ts";
import type { Schedule } from "./recompute.ts";
import { emptyTensor } from "./runtime.ts";
import { peakBytes, schedule } from "./schedule.ts";

/** Longest that one submission should take: Windows resets a GPU that does not answer for about 2 s, and no software adapter. */
const GPU_MILLISECONDS = 200;
const SOFTWARE_MILLISECONDS = 2000;

/** Operations per second of a slow GPU, for a first guess that keeps even its first run from being reset. */
const SLOW_GPU = 5e10;

/** Adds copies of results to the last command buffer of a run, given its number. */
type Finish = (encoder: GPUCommandEncoder, run: number) => void;

/** The outputs of an expanded, fused graph, each computed by a kernel of its own. */
export interface Outputs {
  results: readonly (readonly [name: string, node: Tensor])[];
  assignments: readonly (readonly [variable: Tensor, node: Tensor])[];
  /** Chooses the kernel of a node, default {@link lower}. */
  lower?: (node: Tensor) => Kernel;
  /** Makes a schedule that takes less memory. */
  recompute?: (schedule: Schedule) => Schedule;
}

/**
 * Tensors by name, as {@link compile} is given them and {@link Program.results} has them.
 *
 * @category Gradients and programs
 */
export type NamedTensors = Readonly<Record<string, Tensor>>;

/**
 * A compiled program: dispatches and buffers, made once by {@link compile} and run as often as you like.
 *
 * @category Gradients and programs
 */
export class Program<Results extends NamedTensors = NamedTensors> {
  /** The kept results by name; their values are those of the last run. */
  readonly results: Results & NamedTensors;
  /** Where each tensor in between lives, and for how long. */
  readonly plan: Plan;
  /** The dispatches of a run, in order. */
  readonly steps: readonly Step[];
  /** Duration of a run, at first a guess, to be set to what is measured: longer ones are split into several submissions. */
  milliseconds: number;
  /** Which stored tensor a node's kernel writes to, where that is not a planned buffer. */
  readonly #target = new Map<Tensor, Tensor>();
  readonly #owned: Tensor[] = [];
  #buffers: GPUBuffer[] = [];
  /** One list of dispatches for each rotation of the rings that has been run, the first made at once. */
  #recordings: Dispatch[][] = [];
  #runs = 0;
  /** The next run, encoded while the GPU works on the last one. */
  #ahead?: { run: number; finish?: Finish; commands: readonly GPUCommandBuffer[] };

  private constructor(
    private readonly device: Device,
    private readonly options: CompileOptions,
    { results, assignments, lower: kernelOf = lower, recompute = (schedule) => schedule }: Outputs,
  ) {
    const [values, updates] = [results, assignments].map((each) => each.map(([, node]) => node));
    // A loss of several views takes much less memory view by view, forward and backward, which is how the updates need them.
    const valuesFirst = schedule([...values, ...updates]);
    const updatesFirst = schedule(updates, values);
    const order = peakBytes(updatesFirst) < peakBytes(valuesFirst) ? updatesFirst : valuesFirst;
    const { order: nodes, outputs } = recompute({ order, outputs: [...values, ...updates] });
    const kept = outputs.slice(0, values.length);
    const copies = assignments.flatMap(([variable], index) =>
      this.#assign(variable, outputs[values.length + index], nodes),
    );
    const all = [...nodes, ...copies];
    // Views, and layers of the same sizes, have the same kernels, whose texts take time to make.
    const kernels = new Map<string, Kernel>();
    this.steps = all.map((tensor) => {
      const tensors = [...kernelInputs(tensor), tensor].map(({ shape, format }) => [shape, format]);
      return { tensor, kernel: memoized(kernels, JSON.stringify([tensor.operation, tensors]), () => kernelOf(tensor)) };
    });
    this.milliseconds = (1000 * totalFlops(this.steps)) / SLOW_GPU;
    const pinned = new Set([...kept, ...this.#target.keys()]);
    this.plan = planMemory(all, pinned, device.largestTensor);
    for (const tensor of all) device.checkSize(tensor.bytes, describeNode(tensor));
    this.results = Object.fromEntries(
      results.map(([name, { shape }], index) => {
        const result = emptyTensor(device, shape, name);
        this.#target.set(ownerOf(kept[index]), result);
        this.#owned.push(result);
        return [name, result];
      }),
    ) as NamedTensors as Results & NamedTensors;
  }

  /**
   * Plans, allocates, compiles and records.
   * @internal
   */
  static async prepare<Results extends NamedTensors>(
    device: Device,
    options: CompileOptions,
    outputs: Outputs,
  ): Promise<Program<Results>> {
    const program = new Program<Results>(device, options, outputs);
    try {
      await program.#allocate();
      await device.prepare(program.steps.map(({ kernel }) => kernel));
      const disposed = options.rings?.flat().find(({ storage }) => !storage);
      if (disposed) noValues(disposed);
      program.#recordings = [record(device, program.steps, (tensor) => program.#bindingOf(tensor, 0))];
      return program;
    } catch (error) {
      program.dispose();
      throw error;
    }
  }

  /**
   * Frees stored tensors with itself.
   * @internal
   */
  own(tensors: readonly Tensor[]): this {
    this.#owned.push(...tensors);
    return this;
  }

  /**
   * Submits one run; returns at once. `rotation` is the number of the run, for a program with rings; `finish` may add copies of
   * results to the same submission.
   * @throws {NstError} when the program or its device was disposed, or the device has failed.
   */
  run(rotation = this.#runs, finish?: (encoder: GPUCommandEncoder, run: number) => void): void {
    this.device.check();
    if (this.#recordings.length === 0) throw new NstError("This program was disposed. Compile it again.");
    const ahead = this.#ahead;
    const fits = ahead?.run === rotation && ahead.finish === finish && ahead.commands.length === this.#parts();
    submit(this.device, fits ? ahead.commands : this.#encode(rotation, finish));
    this.#ahead = undefined;
    const isLoop = rotation === this.#runs && rotation > 0;
    this.#runs = rotation + 1;
    // Once the caller waits: encoding takes milliseconds, which the GPU spends on this run.
    if (isLoop) queueMicrotask(() => this.#encodeAhead(rotation + 1, finish));
  }

  #encodeAhead(run: number, finish?: Finish): void {
    if (this.#runs !== run || this.#recordings.length === 0) return;
    try {
      this.#ahead = { run, finish, commands: this.#encode(run, finish) };
    } catch {
      // A ring was disposed: the run itself will say so, if there is one.
    }
  }

  #encode(run: number, finish?: Finish): GPUCommandBuffer[] {
    return encode(this.device, this.#recording(run), this.#parts(), (encoder) => finish?.(encoder, run));
  }

  /** The dispatches of a run. A long history has many rotations: each is recorded when first run, and shares what does not rotate. */
  #recording(run: number): Dispatch[] {
    const rotation = run % (this.options.rings?.[0]?.length ?? 1);
    if (this.#recordings[rotation]) return this.#recordings[rotation];
    const ringed = new Set<Tensor | undefined>(this.options.rings?.flat());
    const rotating = this.steps.filter(({ tensor }) =>
      [...kernelInputs(tensor), tensor].some((each) => ringed.has(each) || ringed.has(this.#target.get(ownerOf(each)))),
    );
    const own = record(this.device, rotating, (tensor) => this.#bindingOf(tensor, rotation));
    const ownOf = new Map(rotating.map((step, index) => [step, own[index]]));
    const dispatches = this.steps.map((step, index) => ownOf.get(step) ?? this.#recordings[0][index]);
    this.#recordings[rotation] = dispatches;
    return dispatches;
  }

  /** Submissions per run. */
  #parts(): number {
    const longest = this.device.isSoftware ? SOFTWARE_MILLISECONDS : GPU_MILLISECONDS;
    return Math.min(64, Math.max(1, Math.ceil(this.milliseconds / longest)));
  }

  /** Bytes of the planned buffers, and of the same tensors with a buffer each. */
  get bytes(): { planned: number; naive: number } {
    return { planned: this.plan.bytes.reduce((sum, bytes) => sum + bytes, 0), naive: this.plan.naiveBytes };
  }

  /** The plan as a table, one line per dispatch: operations, the buffer it writes to, the kernel, and the formulas fused into it. */
  describe(): string {
    return describeProgram(this);
  }

  /**
   * Runs each dispatch by itself and times it, the least of some repetitions: by timestamps of the GPU on a device that has the
   * feature `timestamp-query`, else by the clock of the host. What it writes to, variables and results, keeps its values.
   *
   * @example
   * ```ts
   * import { compile, openDevice, square, sum, variable } from "nst-gpu";
   *
   * const device = await openDevice();
   * const x = variable(device, [1000]);
   * const program = await compile(device, () => ({ results: { loss: sum(square(x)) } }));
   * for (const { label, milliseconds } of await program.profile()) console.log(label, milliseconds);
   * device.dispose();
   * ```
   * @throws {NstError} when the program or its device was disposed, or the device has failed.
   */
  async profile(repetitions = 5): Promise<DispatchTime[]> {
    const { profileDispatches } = await import("./profile.ts");
    return profileDispatches(this.device, this.#recordings[0], this.#target, repetitions);
  }

  /**
   * Milliseconds of a run, of many in one submission, by the best clock of the device.
   * @internal
   */
  async time(runs: number): Promise<number> {
    return (await import("./profile.ts")).timeRuns(this.device, this.#recordings[0], runs);
  }

  /** Frees the planned buffers and the results. Variables and constants of the caller stay. */
  dispose(): void {
    for (const buffer of this.#buffers) this.device.destroyBuffer(buffer);
    for (const tensor of this.#owned) tensor.dispose();
    this.#buffers = [];
    this.#recordings = [];
    this.#ahead = undefined;
  }

  /** As {@link dispose}, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /**
   * Lets a node's kernel write into the variable itself where no later kernel, nor this one, reads the variable's old
   * value; else returns a copy to append.
   */
  #assign(variable: Tensor, node: Tensor, nodes: readonly Tensor[]): Tensor[] {
    const position = nodes.indexOf(ownerOf(node));
    if (nodes.every((other, index) => index < position || !other.inputs.includes(variable))) {
      this.#target.set(ownerOf(node), variable);
      return [];
    }
    const tensor = copyOf(node);
    this.#target.set(tensor, variable);
    return [tensor];
  }

  async #allocate(): Promise<void> {
    const { planned } = this.bytes;
    const label = this.options.label ?? "program";
    await this.device.allocating(planned, () => {
      for (const [index, bytes] of this.plan.bytes.entries()) {
        this.#buffers.push(this.device.createBuffer(bytes, `${label} #${index}`));
      }
    });
  }

  #bindingOf(tensor: Tensor, rotation: number): GPUBufferBinding | undefined {
    const owner = ownerOf(tensor);
    const stored = tensor.storage ? tensor : this.#target.get(owner);
    if (stored) {
      const { storage } = this.#rotated(stored, rotation);
      return storage && { buffer: storage.buffer };
    }
    const place = this.plan.placeOf.get(owner);
    if (!place) return undefined;
    return { buffer: this.#buffers[place.buffer], offset: place.offset, size: 16 * Math.ceil(tensor.bytes / 16) };
  }

  #rotated(tensor: Tensor, rotation: number): Tensor {
    for (const ring of this.options.rings ?? []) {
      const index = ring.indexOf(tensor);
      if (index >= 0) return ring[(index + ring.length - (rotation % ring.length)) % ring.length];
    }
    return tensor;
  }
}

/** What a limit error calls an intermediate tensor. */
function describeNode(tensor: Tensor): string {
  return `${tensor.label || tensor.operation.kind} ${tensor.shape.join("x")}`;
}
