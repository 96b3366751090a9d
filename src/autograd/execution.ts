/** From a list of graph nodes to GPU commands: kernels chosen, buffers bound, dispatches recorded and replayed. */
import { InvalidOptionError, ShapeError } from "../errors.ts";
import type { Device } from "../gpu/device.ts";
import { formatShape, type Kernel } from "../kernels/kernel.ts";
import { kernelInputs, type Tensor } from "./graph.ts";

/** One recorded dispatch: all that replaying needs, made once. */
export interface Dispatch {
  pipeline: GPUComputePipeline;
  bindGroup: GPUBindGroup;
  grid: readonly [number, number, number];
  label: string;
  flops: number;
  bytes: number;
}

/**
 * A dispatch of a program: the kernel, and the tensor that it computes.
 *
 * @category Gradients and programs
 */
export interface Step {
  tensor: Tensor;
  kernel: Kernel;
}

/** Binds buffers to kernels. `bindingOf` knows where every input and result is. */
export function record(
  device: Device,
  steps: readonly Step[],
  bindingOf: (tensor: Tensor) => GPUBufferBinding | undefined,
): Dispatch[] {
  return steps.map(({ tensor, kernel }) => {
    const resources = [...kernelInputs(tensor), tensor].map((each) => {
      const binding = bindingOf(each) ?? noValues(each);
      return device.owns(binding.buffer) ? binding : notOurs(each);
    });
    if (kernel.uniforms) resources.push({ buffer: device.uniforms(kernel.uniforms) });
    const bindGroup = device.gpu.createBindGroup({
      label: kernel.label,
      layout: device.pipelines.layout(kernel),
      entries: resources.map((resource, binding) => ({ binding, resource })),
    });
    const { grid, label, flops, bytes } = kernel;
    return { pipeline: device.pipelines.get(kernel), bindGroup, grid, label, flops, bytes };
  });
}

function notOurs({ operation, shape }: Tensor): never {
  throw new InvalidOptionError(
    `A ${operation.kind} of shape ${formatShape(shape)} is of another device. Make it on the one that computes with it.`,
  );
}

/** @throws {ShapeError} always: the tensor was disposed. */
export function noValues({ operation, shape }: Tensor): never {
  throw new ShapeError(
    `A ${operation.kind} of shape ${formatShape(shape)} is needed, but has no values: it was disposed. Dispose tensors after their last use.`,
  );
}

/** Encodes dispatches into `parts` command buffers of about equal work, one compute pass each. `finish` may add copies to the last one. */
export function encode(
  device: Device,
  dispatches: readonly Dispatch[],
  parts = 1,
  finish: (encoder: GPUCommandEncoder) => void = () => {},
): GPUCommandBuffer[] {
  const commands: GPUCommandBuffer[] = [];
  const total = dispatches.reduce((sum, { flops }) => sum + flops, 0);
  let index = 0;
  let done = 0;
  for (let part = 1; part <= parts; part++) {
    const encoder = device.gpu.createCommandEncoder();
    const pass = encoder.beginComputePass();
    while (index < dispatches.length && (part === parts || done < (total * part) / parts)) {
      const { pipeline, bindGroup, grid, flops } = dispatches[index++];
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, bindGroup);
      pass.dispatchWorkgroups(grid[0], grid[1], grid[2]);
      done += flops;
    }
    pass.end();
    if (part === parts) finish(encoder);
    commands.push(encoder.finish());
  }
  return commands;
}

/** Each by itself, since systems limit how long one submission may take. */
export function submit(device: Device, commands: readonly GPUCommandBuffer[]): void {
  for (const each of commands) device.gpu.queue.submit([each]);
}
