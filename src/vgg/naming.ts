/** Which VGG a weight file holds, told by its metadata and by the names of its tensors, and what they are in standard names. */
import { type Architecture, convolutionNames } from "./architecture.ts";
import type { TensorFile } from "./safetensors.ts";

/** What {@link recognize} finds. */
export interface Recognized {
  architecture: Architecture;
  /** Names in the file by standard name: `"conv1_2.weight"` to, for example, `"features.2.weight"`. */
  names: ReadonlyMap<string, string>;
  /** Whether the names are torchvision's. */
  torchvision: boolean;
}

const STANDARD = /^conv\d_\d\.(?:weight|bias)$/;

/**
 * Recognizes VGG19 or VGG16. Without `architecture` in the metadata it is the one that the convolutions fit; VGG19, if
 * the file ends too early to tell.
 *
 * @throws WeightsError if it is neither, or if a convolution is missing before the last one.
 */
export async function recognize(tensors: Pick<TensorFile, "metadata" | "shapes">, file: string): Promise<Recognized> {
  const present = [...tensors.shapes.keys()];
  const standard = present.filter((name) => STANDARD.test(name));
  const torchvision = standard.length === 0;
  const problems: string[] = [];
  for (const architecture of candidates(tensors.metadata)) {
    const names = torchvision
      ? (await import("./torchvision.ts")).torchvisionNames(present, architecture)
      : new Map(standard.map((name) => [name, name]));
    const problem = problemOf(names, architecture);
    if (problem === undefined) return { architecture, names, torchvision };
    problems.push(`as ${architecture} ${problem}`);
  }
  throw (await import("./other-formats.ts")).noVgg(file, problems, tensors.metadata.architecture);
}

/** None for an architecture that is no VGG. */
function candidates({ architecture }: Readonly<Record<string, string>>): Architecture[] {
  if (architecture === undefined) return ["vgg19", "vgg16"];
  if (/^vgg19(-|$)/i.test(architecture)) return ["vgg19"];
  if (/^vgg16(-|$)/i.test(architecture)) return ["vgg16"];
  return [];
}

function problemOf(names: ReadonlyMap<string, string>, architecture: Architecture): string | undefined {
  const needed = convolutionNames(architecture).flatMap((name) => [`${name}.weight`, `${name}.bias`]);
  const stranger = [...names.keys()].find((name) => !needed.includes(name));
  if (stranger !== undefined) return `${names.get(stranger)} belongs to no convolution`;
  const last = needed.findLastIndex((name) => names.has(name));
  const missing = needed.slice(0, Math.max(2, last + 1 + ((last + 1) % 2))).find((name) => !names.has(name));
  return missing === undefined ? undefined : `${missing} is missing`;
}
