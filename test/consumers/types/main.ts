/** The package in TypeScript, as a user writes it: checked under every setting, then run. */
import {
  type Device,
  type ImageSource,
  InvalidOptionError,
  openDevice,
  type StepReport,
  type StyleTransferOptions,
  type StyleTransferResult,
  styleTransfer,
  tensor,
} from "nst-gpu";

const picture = (seed: number): ImageSource => ({
  width: 24,
  height: 16,
  data: Uint8Array.from({ length: 24 * 16 * 4 }, (_, i) => (i * seed) % 256),
});

const options: StyleTransferOptions = {
  content: picture(7),
  style: [{ image: picture(13), weight: 3 }, picture(29)],
  size: 24,
  steps: 2,
  preset: "slim",
  optimizer: { kind: "adam", learningRate: 2 },
  styleLayers: { relu1_1: 1, relu2_1: 0.5 },
  adapter: "swiftshader",
  signal: new AbortController().signal,
  onStep(step: StepReport) {
    console.log(step.step, step.losses.total > 0);
    step.change({ styleWeight: 2 * step.losses.total });
  },
  onWarning: () => {},
};

const result: StyleTransferResult = await styleTransfer(options);
const bytes: Uint8Array = await result.encode("png");
console.log(result.image.width, result.image.height, bytes[1] === "P".charCodeAt(0));

await styleTransfer({ ...options, size: 1 }).catch((error: unknown) => {
  console.log(error instanceof InvalidOptionError);
});

const device: Device = await openDevice({ adapter: "swiftshader", onWarning: () => {} });
console.log((await tensor(device, [2], [1, 2]).read()).join());
device.dispose();

/** Not called: a run has been made. */
export async function firstPixels(): Promise<Uint8Array | Uint8ClampedArray | undefined> {
  for await (const step of styleTransfer.steps(options)) return (await step.image()).data;
}
