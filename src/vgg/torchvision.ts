/** The names that torchvision gives the tensors of a VGG. Loaded for files that have them. */
import { type Architecture, layersOf } from "./architecture.ts";

/** Position in torchvision's `features`, which may have been saved alone, or in a wrapper for several GPUs. */
const TORCHVISION = /^(?:module\.)?(?:features\.)?(\d+)\.(weight|bias)$/;

/**
 * The positions that torchvision's `vgg16().features` or `vgg19().features` gives the convolutions in its
 * `nn.Sequential`, in which every convolution, ReLU and pooling counts: 0 is conv1_1, 2 is conv1_2, 5 is conv2_1.
 */
export function torchvisionPositions(architecture: Architecture): Map<number, string> {
  const positions = new Map<number, string>();
  let position = 0;
  for (const layer of layersOf(architecture)) {
    if (layer.kind === "convolution") positions.set(position, layer.name);
    position += layer.kind === "convolution" ? 2 : 1;
  }
  return positions;
}

/** Names in the file by standard name. Tensors of other layers, such as the classifier, are left out. */
export function torchvisionNames(present: readonly string[], architecture: Architecture): Map<string, string> {
  const positions = torchvisionPositions(architecture);
  const names = new Map<string, string>();
  for (const name of present) {
    const match = TORCHVISION.exec(name);
    if (match !== null) names.set(`${positions.get(Number(match[1])) ?? match[1]}.${match[2]}`, name);
  }
  return names;
}
