import { describe, expect, it } from "vitest";
import { InvalidOptionError } from "../../src/errors.ts";
import {
  compareDepth,
  convolutionNames,
  layerNames,
  layersOf,
  parseLayerName,
  VGG19_LAYERS,
} from "../../src/vgg/architecture.ts";
import { torchvisionPositions } from "../../src/vgg/torchvision.ts";

// Simonyan and Zisserman 2015, table 1, columns D and E; a pooling ends each group.
const VGG16 =
  "conv1_1 conv1_2 pool1 conv2_1 conv2_2 pool2 conv3_1 conv3_2 conv3_3 pool3 " +
  "conv4_1 conv4_2 conv4_3 pool4 conv5_1 conv5_2 conv5_3 pool5";
const VGG19 =
  "conv1_1 conv1_2 pool1 conv2_1 conv2_2 pool2 conv3_1 conv3_2 conv3_3 conv3_4 pool3 " +
  "conv4_1 conv4_2 conv4_3 conv4_4 pool4 conv5_1 conv5_2 conv5_3 conv5_4 pool5";

describe("architectures", () => {
  it("have the layers of the paper, in order", () => {
    expect(layersOf("vgg16").map((layer) => layer.name)).toEqual(VGG16.split(" "));
    expect(layersOf("vgg19").map((layer) => layer.name)).toEqual(VGG19.split(" "));
    expect(layersOf("vgg19")[2]).toEqual({ kind: "pooling", name: "pool1" });
    expect(convolutionNames("vgg16")).toHaveLength(13);
    expect(convolutionNames("vgg19")).toHaveLength(16);
  });

  it("name their features after the ReLU", () => {
    expect(layerNames("vgg16").slice(-4)).toEqual(["relu4_3", "relu5_1", "relu5_2", "relu5_3"]);
    expect(layerNames("vgg19").slice(0, 3)).toEqual(["relu1_1", "relu1_2", "relu2_1"]);
    expect(VGG19_LAYERS).toHaveLength(16);
  });

  it("have the positions that torchvision gives them", () => {
    // print(torchvision.models.vgg19().features) lists Conv2d at these indices
    expect([...torchvisionPositions("vgg19").keys()]).toEqual([
      0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28, 30, 32, 34,
    ]);
    expect([...torchvisionPositions("vgg16").keys()]).toEqual([0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28]);
    expect(torchvisionPositions("vgg19").get(21)).toBe("conv4_2");
    expect(torchvisionPositions("vgg16").get(21)).toBe("conv4_3");
  });
});

describe("layer names", () => {
  it("take conv as another word for relu", () => {
    expect(parseLayerName("relu4_2")).toBe("relu4_2");
    expect(parseLayerName("conv4_2")).toBe("relu4_2");
    expect(parseLayerName("conv5_3", "vgg16")).toBe("relu5_3");
  });

  it("are refused with the nearest known one", () => {
    expect(() => parseLayerName("relu42")).toThrow(InvalidOptionError);
    expect(() => parseLayerName("relu42")).toThrow('Did you mean "relu4_2"?');
    expect(() => parseLayerName("relu3_4", "vgg16")).toThrow('vgg16 has no layer "relu3_4"');
    expect(() => parseLayerName("pool4")).toThrow("Use one of relu1_1, ");
    expect(() => parseLayerName("constructor")).toThrow(InvalidOptionError);
    expect(() => parseLayerName(" relu1_1")).toThrow('"relu1_1"');
  });

  it("are ordered by depth", () => {
    const shuffled = ["relu4_2", "conv1_2", "relu3_4", "relu1_1", "conv3_1"];
    expect(shuffled.sort(compareDepth)).toEqual(["relu1_1", "conv1_2", "conv3_1", "relu3_4", "relu4_2"]);
    expect(compareDepth("conv2_2", "relu2_2")).toBe(0);
    expect(() => compareDepth("relu2_2", "relu2_3")).toThrow(InvalidOptionError);
  });
});
