/**
 * The loss of style transfer (Gatys et al. 2016) and its gradient with respect to the image. With F the features of the
 * image, P those of the content, both [N, M pixels], and G, A the Gram matrices F F^T / M of image and style:
 *
 *              content layer           style layer
 *     gatys    1/2 sum (F - P)^2       1/4 sum ((G - A) / N)^2
 *     mean     mean (F - P)^2          mean ((G - A) / N)^2
 *
 * Each Gram matrix is divided by its own M, so that style images may have another size than the result. Gatys' paper
 * divides F F^T by N M as well, but squared and outside, which is the same.
 */
import { type Array64, map, zeros } from "./arrays.ts";
import { gram, gramGradient } from "./matrices.ts";
import { add, scale } from "./pointwise.ts";
import {
  squaredError,
  squaredErrorGradient,
  type TotalVariationKind,
  totalVariation,
  totalVariationGradient,
} from "./reductions.ts";
import { type VggOptions, type VggWeights, vggFeatures, vggFeaturesGradient } from "./vgg.ts";

/** What is to be minimized. */
export interface ObjectiveOptions extends VggOptions {
  /** Weight by layer name. */
  contentLayers: Readonly<Record<string, number>>;
  styleLayers: Readonly<Record<string, number>>;
  tvWeight: number;
  objective: "gatys" | "mean";
  tv: TotalVariationKind;
}

/** What the image should come near to. */
export interface Targets {
  /** Features of the content image by layer. */
  content: Record<string, Array64>;
  /** Gram matrices by layer, of several style images their weighted mean. */
  style: Record<string, Array64>;
}

/** The loss by term, all but `total` without the weights. */
export interface Terms {
  total: number;
  content: Record<string, number>;
  style: Record<string, number>;
  tv: number;
}

/** Targets from a content image and style images, all [3, H, W] of any size, RGB in 0..255. Weights are relative. */
export function objectiveTargets(
  content: Array64,
  styles: readonly { image: Array64; weight: number }[],
  weights: VggWeights,
  options: ObjectiveOptions,
): Targets {
  const contentTrace = vggFeatures(content, weights, Object.keys(options.contentLayers), options);
  const targets: Targets = { content: contentTrace.features, style: {} };
  const totalWeight = styles.reduce((total, style) => total + style.weight, 0);
  for (const { image, weight } of styles) {
    const { features } = vggFeatures(image, weights, Object.keys(options.styleLayers), options);
    for (const layer of Object.keys(options.styleLayers)) {
      const share = scale(gram(features[layer]), weight / totalWeight);
      targets.style[layer] = layer in targets.style ? add(targets.style[layer], share) : share;
    }
  }
  return targets;
}

/**
 * Loss and gradient of an image [3, H, W], RGB in 0..255, which has the size of the content image.
 *
 * @example
 * const targets = objectiveTargets(content, [{ image: style, weight: 1 }], weights, options);
 * const { terms, gradient } = objective(content, targets, weights, options);
 */
export function objective(
  image: Array64,
  targets: Targets,
  weights: VggWeights,
  options: ObjectiveOptions,
): { terms: Terms; gradient: Array64 } {
  const { contentLayers, styleLayers, tvWeight, tv } = options;
  const trace = vggFeatures(image, weights, [...Object.keys(contentLayers), ...Object.keys(styleLayers)], options);
  const terms: Terms = { total: 0, content: {}, style: {}, tv: totalVariation(image, tv) };
  const featureGradients = Object.fromEntries(
    Object.entries(trace.features).map(([layer, features]) => [layer, zeros(features.shape)]),
  );

  for (const [layer, weight] of Object.entries(contentLayers)) {
    const { loss, gradient } = contentLoss(trace.features[layer], targets.content[layer], options.objective);
    terms.content[layer] = loss;
    terms.total += weight * loss;
    featureGradients[layer] = add(featureGradients[layer], scale(gradient, weight));
  }
  for (const [layer, weight] of Object.entries(styleLayers)) {
    const { loss, gradient } = styleLoss(trace.features[layer], targets.style[layer], options.objective);
    terms.style[layer] = loss;
    terms.total += weight * loss;
    featureGradients[layer] = add(featureGradients[layer], scale(gradient, weight));
  }
  terms.total += tvWeight * terms.tv;

  const throughVgg = vggFeaturesGradient(featureGradients, trace, weights, options);
  return { terms, gradient: add(throughVgg, totalVariationGradient(tvWeight, image, tv)) };
}

interface LayerLoss {
  loss: number;
  /** With respect to the features. */
  gradient: Array64;
}

function contentLoss(features: Array64, target: Array64, kind: ObjectiveOptions["objective"]): LayerLoss {
  const factor = kind === "gatys" ? 1 / 2 : 1 / features.data.length;
  return {
    loss: factor * squaredError(features, target),
    gradient: squaredErrorGradient(factor, features, target).a,
  };
}

function styleLoss(features: Array64, target: Array64, kind: ObjectiveOptions["objective"]): LayerLoss {
  const channels = features.shape[0];
  const perChannel = (matrix: Array64) => map(matrix, (value) => value / channels);
  const actual = perChannel(gram(features));
  const expected = perChannel(target);
  const factor = kind === "gatys" ? 1 / 4 : 1 / channels ** 2;
  const gramErrorGradient = perChannel(squaredErrorGradient(factor, actual, expected).a);
  return {
    loss: factor * squaredError(actual, expected),
    gradient: gramGradient(gramErrorGradient, features),
  };
}
