import { describe, expect, it } from "vitest";
import { parseFlags } from "../flags.ts";

const ENGINES = ["nst-gpu", "tfjs", "torch"];
const parse = (...parameters: string[]) => parseFlags(parameters, ENGINES);

describe("the flags", () => {
  it("default to everything, at sizes that depend on the adapter", () => {
    expect(parse()).toEqual({
      sizes: undefined,
      engines: ENGINES,
      modes: ["gradient", "step", "forward"],
      levels: ["model", "kernels", "memory"],
      repetitions: 5,
      json: undefined,
      record: false,
    });
  });

  it("choose", () => {
    expect(
      parse("--sizes", "96,128", "--engines", "tfjs,nst-gpu", "--modes=forward", "--json", "a.json"),
    ).toMatchObject({
      sizes: [96, 128],
      engines: ["nst-gpu", "tfjs"],
      modes: ["forward"],
      json: "a.json",
    });
  });

  it("ask for help", () => {
    expect(parse("--help")).toBe("help");
    expect(parse("-h")).toBe("help");
  });

  it.each([
    [["--sizes", "96,x"], '--sizes has "x". Give whole numbers from 16 to 4096.'],
    [["--sizes", "8"], '--sizes has "8". Give whole numbers from 16 to 4096.'],
    [["--engines", "nst"], '--engines has "nst". Use nst-gpu, tfjs, torch, with commas between.'],
    [["--modes", ""], '--modes has "". Use gradient, step, forward, with commas between.'],
    [["--repetitions", "0"], '--repetitions has "0". Give whole numbers from 1 to 1000.'],
    [["--size", "96"], "Unknown option '--size'. --help lists the flags."],
    [["96"], "Unexpected argument '96'. --help lists the flags."],
  ])("refuse %j in one line", (parameters, message) => {
    expect(() => parse(...parameters)).toThrow(message);
    expect(message).not.toContain("\n");
  });
});
