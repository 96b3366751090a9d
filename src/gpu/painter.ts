/**
 * Draws planes of a GPU buffer into WebGPU canvases, without reading them back: one triangle that covers the canvas, whose
 * fragments round values to bytes as `toPicture` does. Browsers only.
 */
import { bufferUsage } from "#gpu";
import { InvalidOptionError, LimitExceededError } from "../errors.ts";
import type { Device } from "./device.ts";

/**
 * A canvas of a page or of a worker.
 *
 * @category Style transfer
 */
export type Canvas = HTMLCanvasElement | OffscreenCanvas;

/** Planes as {@link Painter.draw} takes them. */
export interface Drawing {
  width: number;
  height: number;
  /** Red, green and blue planes of float32, 0..255 when multiplied by `factor`. */
  colors: GPUBuffer;
  factor: number;
  /** One plane of 0..255, if not opaque. */
  alpha?: GPUBuffer;
}

const SHADER = `struct Drawing { width: u32, height: u32, factor: f32, transparent: u32 }
@group(0) @binding(0) var<storage, read> colors: array<f32>;
@group(0) @binding(1) var<storage, read> alphas: array<f32>;
@group(0) @binding(2) var<uniform> drawing: Drawing;

@vertex fn cover(@builtin(vertex_index) index: u32) -> @builtin(position) vec4f {
  return vec4f(f32(index & 1u) * 4.0f - 1.0f, f32(index >> 1u) * 4.0f - 1.0f, 0.0f, 1.0f);
}

fn unit(value: f32) -> f32 { return clamp(floor(value + 0.5f), 0.0f, 255.0f) / 255.0f; }

@fragment fn paint(@builtin(position) position: vec4f) -> @location(0) vec4f {
  let size = drawing.width * drawing.height;
  let i = u32(position.y) * drawing.width + u32(position.x);
  let color = vec3f(colors[i], colors[size + i], colors[2u * size + i]) * drawing.factor;
  var alpha = 1.0f;
  if (drawing.transparent == 1u) { alpha = unit(alphas[i]); }
  return vec4f(vec3f(unit(color.x), unit(color.y), unit(color.z)) * alpha, alpha);
}`;

/** The devices that drew last, by canvas. */
const devices = new WeakMap<Canvas, Device>();

/** The canvases that show what a device computes. */
export class Painter {
  readonly #contexts = new WeakMap<Canvas, GPUCanvasContext>();
  readonly #format: GPUTextureFormat;
  readonly #pipeline: GPURenderPipeline;
  readonly #uniforms: GPUBuffer;

  /** @throws {InvalidOptionError} where there are no canvases. */
  constructor(private readonly device: Device) {
    const gpu: GPU | undefined = globalThis.navigator?.gpu;
    if (!gpu)
      throw new InvalidOptionError("There is no canvas to draw into outside of a browser. Use image() instead.");
    this.#format = gpu.getPreferredCanvasFormat();
    const module = device.gpu.createShaderModule({ label: "painter", code: SHADER });
    this.#pipeline = device.gpu.createRenderPipeline({
      label: "painter",
      layout: "auto",
      vertex: { module },
      fragment: { module, targets: [{ format: this.#format }] },
    });
    this.#uniforms = device.createBuffer(16, "painter", bufferUsage.UNIFORM | bufferUsage.COPY_DST);
  }

  /**
   * Draws; the canvas gets the drawing's size.
   * @throws {InvalidOptionError} when the canvas has a context of another kind.
   * @throws {LimitExceededError} when the drawing is larger than a canvas of the device can be.
   */
  draw(canvas: Canvas, { width, height, colors, factor, alpha }: Drawing): void {
    const { gpu } = this.device;
    this.device.check();
    const largest = gpu.limits.maxTextureDimension2D;
    if (Math.max(width, height) > largest) {
      throw new LimitExceededError(
        `A canvas of ${width}x${height} pixels is over the ${largest} that ${this.device.name} can draw. Use image() instead.`,
        "maxTextureDimension2D",
        Math.max(width, height),
        largest,
      );
    }
    try {
      if (canvas.width !== width) canvas.width = width;
      if (canvas.height !== height) canvas.height = height;
    } catch (cause) {
      throw new InvalidOptionError(
        `That is no canvas that can be drawn into (${(cause as Error).message}). Pass one of the page, or what its transferControlToOffscreen() has given.`,
        { cause },
      );
    }
    const context = this.#contextOf(canvas);
    const values = new DataView(new ArrayBuffer(16));
    values.setUint32(0, width, true);
    values.setUint32(4, height, true);
    values.setFloat32(8, factor, true);
    values.setUint32(12, alpha ? 1 : 0, true);
    gpu.queue.writeBuffer(this.#uniforms, 0, values.buffer);
    const buffers = [colors, alpha ?? colors, this.#uniforms];
    const bindGroup = gpu.createBindGroup({
      layout: this.#pipeline.getBindGroupLayout(0),
      entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } })),
    });
    const encoder = gpu.createCommandEncoder();
    const view = context.getCurrentTexture().createView();
    const pass = encoder.beginRenderPass({ colorAttachments: [{ view, loadOp: "clear", storeOp: "store" }] });
    pass.setPipeline(this.#pipeline);
    pass.setBindGroup(0, bindGroup);
    pass.draw(3);
    pass.end();
    gpu.queue.submit([encoder.finish()]);
  }

  #contextOf(canvas: Canvas): GPUCanvasContext {
    let context = this.#contexts.get(canvas);
    // Another run may have drawn there since, on a device of its own.
    if (!context || devices.get(canvas) !== this.device) {
      const found = canvas.getContext?.("webgpu") as GPUCanvasContext | null | undefined;
      if (!found) {
        throw new InvalidOptionError(
          "The canvas has no WebGPU context, perhaps because it has one of another kind. Pass a canvas of its own.",
        );
      }
      context = found;
      context.configure({ device: this.device.gpu, format: this.#format, alphaMode: "premultiplied" });
      this.device.canvases++;
      const before = devices.get(canvas);
      if (before) {
        before.canvases--;
        before.destroyUnused();
      }
      devices.set(canvas, this.device);
      this.#contexts.set(canvas, context);
    }
    return context;
  }
}
