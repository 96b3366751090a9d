/** A loss that is averaged over views of a network (vgg/views.ts). Loaded only where there are several. */
import type { Tensor } from "../autograd/graph.ts";
import { add, scale } from "../autograd/pointwise.ts";
import type { Device } from "../gpu/device.ts";
import type { Network } from "../vgg/network.ts";
import { type ObjectiveSettings, objective, type Targets, type Terms } from "./objective.ts";

/** As {@link objective}, with the targets of each view. */
export function objectiveOfViews(
  device: Device,
  views: readonly Network[],
  targets: readonly Targets[],
  settings: ObjectiveSettings,
): ReturnType<typeof objective> {
  const count = views.length;
  // The total variation does not depend on the network: one of them has it for all.
  const parts = views.map((view, index) =>
    objective(device, view, targets[index], { ...settings, tvWeight: index === 0 ? count * settings.tvWeight : 0 }),
  );
  return {
    trace(image) {
      const all = parts.map((part) => part.trace(image));
      const mean = (of: (terms: Terms) => Tensor) => scale(all.map(of).reduce(add), 1 / count);
      const byLayer = (kind: "content" | "style") => {
        const layers = Object.keys(all[0][kind]);
        return Object.fromEntries(layers.map((layer) => [layer, mean((terms) => terms[kind][layer])]));
      };
      return { total: mean(({ total }) => total), content: byLayer("content"), style: byLayer("style"), tv: all[0].tv };
    },
    dispose() {
      for (const part of parts) part.dispose();
    },
  };
}
