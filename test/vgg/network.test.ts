/** Features of a VGG on the GPU whose first convolution is padded in its own way, against the oracle layer by layer. */
import { expect, it } from "vitest";
import { compile, features, loadNetwork, MissingLayerError, openNetworkWeights, variable } from "../../src/index.ts";
import { testDevice } from "../engine.ts";
import { planesOf, smallNetwork } from "../nst/network.ts";
import * as oracle from "../oracle/index.ts";

const device = await testDevice();

it("conv1_1 may be padded in another way than the rest", async () => {
  const { weights, bytes } = smallNetwork(3);
  const pixels = oracle.uniform(oracle.random(4), [3, 9, 11], 0, 255);
  const network = await loadNetwork(device, await openNetworkWeights(bytes), ["relu1_2"]);
  const image = variable(device, [3, 9, 11], planesOf(pixels).data);
  const program = await compile(device, () => ({
    results: features(network, image, ["relu1_1", "relu1_2"], { padding: "zero", firstPadding: "replicate" }),
  }));
  program.run();

  const { features: padded } = oracle.vggFeatures(pixels, weights, ["relu1_1"], {
    pooling: "max",
    padding: "replicate",
  });
  const options = { stride: 1, padding: 1, mode: "zero" } as const;
  const { "conv1_2.weight": weight, "conv1_2.bias": bias } = weights;
  const first = padded.relu1_1;
  const second = oracle.relu(oracle.conv2d(first, weight, bias, options));
  oracle.compare(await program.results.relu1_1.read(), first, { k: 8, terms: 27, label: "relu1_1" });
  oracle.compare(await program.results.relu1_2.read(), second, { k: 8, terms: 45, label: "relu1_2" });
  expect(Object.keys(program.results)).toEqual(["relu1_1", "relu1_2"]);
});

it.each(["relu3_1", "conv1_1", "relu9_9"])("features that were not loaded are refused: %s", async (layer) => {
  const network = await loadNetwork(device, await openNetworkWeights(smallNetwork(3).bytes), ["relu2_1"]);
  const image = variable(device, [3, 9, 11]);
  expect(() => features(network, image, ["relu1_1", layer])).toThrow(MissingLayerError);
  expect(() => features(network, image, [layer])).toThrow(
    `features: the network was loaded as far as relu2_1, without "${layer}".`,
  );
});

it("features are pooled and padded as the weights recommend, unless told otherwise", async () => {
  const { weights, bytes } = smallNetwork(5, { pooling: "average", padding: "replicate" });
  const pixels = oracle.uniform(oracle.random(6), [3, 10, 9], 0, 255);
  const network = await loadNetwork(device, await openNetworkWeights(bytes), ["relu2_1"]);
  const image = variable(device, [3, 10, 9], planesOf(pixels).data);
  const recommended = { pooling: "average", padding: "replicate" } as const;
  const own = { pooling: "max", padding: "zero" } as const;
  for (const [given, expected] of [
    [{}, recommended],
    [own, own],
  ] as const) {
    const { relu2_1 } = features(network, image, ["relu2_1"], given);
    const { features: right } = oracle.vggFeatures(pixels, weights, ["relu2_1"], expected);
    oracle.compare(await relu2_1.read(), right.relu2_1, { k: 8, terms: 36, label: JSON.stringify(given) });
  }
});
