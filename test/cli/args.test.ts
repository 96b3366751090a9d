import { describe, expect, it } from "vitest";
import { parseCommandLine } from "../../src/cli/args.ts";
import { FLAGS, type Flag } from "../../src/cli/flags.ts";

/** The options of `styleTransfer` that come of flags after the required arguments. */
function optionsOf(flags: string): object {
  const command = parseCommandLine(["c.png", "s.png", "-o", "out.png", ...flags.split(" ").filter(Boolean)]);
  if (command.action !== "stylize") throw new Error(`The flags ask for ${command.action}.`);
  const { content, style, ...options } = command.options;
  expect(content).toBe("c.png");
  expect(style).toEqual([{ image: "s.png" }]);
  return options;
}

describe("parseCommandLine", () => {
  it("sets no option that no flag asks for", () => {
    expect(optionsOf("")).toEqual({});
  });

  it.each<[string, object]>([
    ["--size 256 --style-size 128 --steps 20 --seed 7", { size: 256, styleSize: 128, steps: 20, seed: 7 }],
    ["--scales 128,181,256 --scale-steps 9", { scales: [128, 181, 256], scaleSteps: 9 }],
    ["--preset gatys --network net.safetensors", { preset: "gatys", network: "net.safetensors" }],
    ["--content-weight 1 --style-weight 1e3 --tv-weight=0", { contentWeight: 1, styleWeight: 1000, tvWeight: 0 }],
    ["--content-layers relu4_2=1,relu3_1=0.5", { contentLayers: { relu4_2: 1, relu3_1: 0.5 } }],
    ["--style-layers relu1_1,relu2_1", { styleLayers: ["relu1_1", "relu2_1"] }],
    ["--optimizer gd --learning-rate 2 --momentum 0.9", { optimizer: { kind: "gd", learningRate: 2, momentum: 0.9 } }],
    ["--optimizer lbfgs --history 5 --line-search strong-wolfe", lbfgs(5, "strong-wolfe")],
    [
      "--optimizer adam --beta1 0.9 --beta2 0.99 --epsilon 1e-8 --averaging 0.5",
      { optimizer: { kind: "adam", beta1: 0.9, beta2: 0.99, epsilon: 1e-8, averaging: 0.5 } },
    ],
    ["--init noise --pooling average --padding reflect", { init: "noise", pooling: "average", padding: "reflect" }],
    ["--network vgg19 --offline", { network: "vgg19", offline: true }],
    ["--init ./start.png --adapter swiftshader", { init: "./start.png", adapter: "swiftshader" }],
  ])("%s", (flags, options) => {
    expect(optionsOf(flags)).toEqual(options);
  });

  it("takes several styles with their shares, flags before, between and after images", () => {
    const command = parseCommandLine(["--force", "c.png", "--style-blend", "3,1", "a.png", "b.png", "--output=o.png"]);
    expect(command).toMatchObject({
      action: "stylize",
      options: {
        content: "c.png",
        style: [
          { image: "a.png", weight: 3 },
          { image: "b.png", weight: 1 },
        ],
      },
      inputs: ["c.png", "a.png", "b.png"],
      output: "o.png",
      force: true,
    });
  });

  it("takes what follows -- as images, even with a dash", () => {
    expect(parseCommandLine(["-o", "o.png", "--", "-c.png", "-s.png"])).toMatchObject({ inputs: ["-c.png", "-s.png"] });
  });

  it("counts an image to start from among the inputs", () => {
    const command = parseCommandLine(["c.png", "s.png", "-o", "o.png", "--init", "./start.png"]);
    expect(command).toMatchObject({ inputs: ["c.png", "s.png", "./start.png"] });
  });

  it("reads the command line's own numbers", () => {
    const command = parseCommandLine(["c.png", "s.png", "-o", "o.jpg", "--save-every", "50", "--quality", "80"]);
    expect(command).toMatchObject({ saveEvery: 50, quality: 80 });
  });

  it.each(["help", "version", "list-adapters", "list-layers"])("--%s needs no images", (action) => {
    expect(parseCommandLine([`--${action}`, "--json"])).toMatchObject({ action, json: true });
  });
});

it("no two flags set the same option or have the same letter", () => {
  const flags = Object.values<Flag>(FLAGS);
  for (const key of ["option", "short"] as const) {
    const used = flags.map((flag) => flag[key]).filter((value) => value !== undefined);
    expect(used).toEqual([...new Set(used)]);
  }
});

function lbfgs(history: number, lineSearch: string): object {
  return { optimizer: { kind: "lbfgs", history, lineSearch } };
}
