/** Whole runs of the command line, with an engine whose steps cost nothing. */
import { mkdirSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { framePath } from "../../src/cli/output.ts";
import { NotFiniteError, OutOfMemoryError } from "../../src/errors.ts";
import { folderWithImages, INFO, run, stepOfFile } from "./fake-host.ts";

const INPUTS = ["content.png", "style.png"];

/** The arguments for content.png and style.png of a folder, to be written to out.png there. */
function argsIn(folder: string, ...more: string[]): string[] {
  return [...INPUTS.map((name) => join(folder, name)), "-o", join(folder, "out.png"), ...more];
}

async function written(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => !INPUTS.includes(name)).sort();
}

it("writes the image of the last step, frees the GPU and exits with 0", async () => {
  const folder = await folderWithImages();
  const { code, stdout, stderr, freed } = await run(argsIn(folder));
  expect({ code, stdout, freed }).toEqual({ code: 0, stdout: "", freed: true });
  expect(stderr).toMatch(/^on Example GPU 9000, network slim to relu4_2, preset slim$/m);
  expect(stderr).toMatch(/^wrote .*out\.png, 24x16 pixels \(10 steps in 2\.5 s\)$/m);
  expect(await written(folder)).toEqual(["out.png"]);
  expect(await stepOfFile(join(folder, "out.png"))).toBe(10);
});

it("passes the options on", async () => {
  const folder = await folderWithImages();
  const { options } = await run(argsIn(folder, "--size", "64", "--preset", "gatys"));
  expect(options).toMatchObject({ content: join(folder, "content.png"), size: 64, preset: "gatys" });
});

it.each([
  ["out.jpg", "ffd8ff"],
  ["out.JPEG", "ffd8ff"],
  ["out.webp", "52494646"],
  ["out.png", "89504e47"],
])("writes %s in the format of its extension", async (name, signature) => {
  const folder = await folderWithImages();
  const inputs = INPUTS.map((input) => join(folder, input));
  expect(await run([...inputs, "-o", join(folder, name)])).toMatchObject({ code: 0 });
  expect((await readFile(join(folder, name))).toString("hex").startsWith(signature)).toBe(true);
});

it("--quality decides about the size of a JPEG", async () => {
  const folder = await folderWithImages();
  const sizes: number[] = [];
  for (const quality of ["5", "100"]) {
    const name = join(folder, `${quality}.jpg`);
    await run([...INPUTS.map((input) => join(folder, input)), "-o", name, "--quality", quality]);
    sizes.push((await readFile(name)).length);
  }
  expect(sizes[0]).toBeLessThan(sizes[1]);
});

it("--force overwrites", async () => {
  const folder = await folderWithImages();
  await writeFile(join(folder, "out.png"), "old");
  expect(await run(argsIn(folder, "--force"))).toMatchObject({ code: 0 });
  expect(await stepOfFile(join(folder, "out.png"))).toBe(10);
});

it("--quiet prints nothing", async () => {
  const folder = await folderWithImages();
  expect(await run(argsIn(folder, "--quiet"))).toMatchObject({ code: 0, stdout: "", stderr: "" });
});

it("--json prints one line per step and a last one for the result", async () => {
  const folder = await folderWithImages();
  const { stdout } = await run(argsIn(folder, "--json", "--quiet"));
  const lines = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines.length).toBe(11);
  expect(lines.slice(0, 10).map(({ step, loss }) => [step, loss])).toEqual(
    Array.from({ length: 10 }, (_, index) => [index + 1, 1000 / (index + 1)]),
  );
  expect(lines[3]).toMatchObject({ steps: 10, losses: { content: { relu4_2: 1 } }, seconds: 1, secondsLeft: 1.5 });
  const result = { output: join(folder, "out.png"), width: 24, height: 16, interrupted: false };
  expect(lines[10]).toMatchObject({ ...result, ...INFO });
});

it("a frame that cannot be written is no end, and the result is", async () => {
  const folder = await folderWithImages();
  const duringStep = (step: number) => {
    if (step === 3) mkdirSync(join(folder, "out-0004.png"));
  };
  const { code, stderr } = await run(argsIn(folder, "--save-every", "2"), { steps: 6, duringStep });
  expect(code).toBe(0);
  expect(stderr).toMatch(/^warning: Cannot write ".*out-0004\.png": it is a directory\. .* Going on without it\.$/m);
  expect(await stepOfFile(join(folder, "out.png"))).toBe(6);
  expect(await stepOfFile(join(folder, "out-0002.png"))).toBe(2);
});

it("names of frames that no file can have are refused before anything is computed", async () => {
  const folder = await folderWithImages();
  const output = join(folder, `${"x".repeat(250)}.png`);
  const { code, options } = await run([...INPUTS.map((name) => join(folder, name)), "-o", output, "--save-every", "2"]);
  expect({ code, options }).toEqual({ code: 2, options: undefined });
});

it.each<[string, object, boolean]>([
  ["a terminal", {}, true],
  ["a terminal that cannot redraw", { env: { TERM: "dumb" } }, false],
  ["a terminal that shows the JSON lines too", { isStdoutTTY: true }, false],
])("on %s there is a bar: %o %s", async (_, setting, isBar) => {
  const folder = await folderWithImages();
  const { stderr } = await run(argsIn(folder, "--json"), { isTTY: true, columns: 100, ...setting });
  expect(stderr.includes("\u001b[2K")).toBe(isBar);
  expect(stderr).toContain("step 10/10");
});

it("--save-every writes the image beside the result", async () => {
  const folder = await folderWithImages();
  await run(argsIn(folder, "--save-every", "4"));
  expect(await written(folder)).toEqual(["out-0004.png", "out-0008.png", "out.png"]);
  expect(await stepOfFile(join(folder, "out-0004.png"))).toBe(4);
  expect(await stepOfFile(join(folder, "out-0008.png"))).toBe(8);
  expect(await stepOfFile(join(folder, "out.png"))).toBe(10);
});

it("--save-every is not disturbed by files that it does not write", async () => {
  const folder = await folderWithImages();
  await writeFile(join(folder, "out-0005.png"), "5 is no multiple of 4");
  await writeFile(join(folder, "out-4.png"), "not how it is named");
  expect(await run(argsIn(folder, "--save-every", "4"))).toMatchObject({ code: 0 });
  expect(await readFile(join(folder, "out-0005.png"), "utf8")).toBe("5 is no multiple of 4");
});

it.each([
  ["out.png", 50, "out-0050.png"],
  [join("a.b", "out.tar.webp"), 7, join("a.b", "out.tar-0007.webp")],
  [join("/art", "x.JPG"), 123456, join("/art", "x-123456.JPG")],
])("framePath(%s, %i)", (output, step, path) => {
  expect(framePath(output, step)).toBe(path);
});

/** Exit codes of signals: 128 and their numbers in POSIX. */
const EXIT_CODES = [
  ["SIGHUP", 129],
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const;

it.each(EXIT_CODES)("%s saves the image of the step under way and exits with %d", async (signal, exitCode) => {
  const folder = await folderWithImages();
  const { code, stdout, stderr, freed, exits } = await run(argsIn(folder, "--json"), {
    duringStep: (step, send) => step === 6 && send(signal),
  });
  expect({ code, freed, exits }).toEqual({ code: exitCode, freed: true, exits: [] });
  expect(await written(folder)).toEqual(["out.png"]);
  expect(await stepOfFile(join(folder, "out.png"))).toBe(6);
  expect(stderr).toMatch(/Ctrl-C now quits at once/);
  expect(stderr).toMatch(/^wrote .*out\.png.*interrupted at step 6 of 10/m);
  expect(JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "")).toMatchObject({ step: 6, interrupted: true });
});

it.each(EXIT_CODES)("%s before the first step aborts the preparation and leaves nothing", async (signal, exitCode) => {
  const folder = await folderWithImages();
  const { code, stderr, freed } = await run(argsIn(folder, "--quiet"), {
    duringStep: (step, send) => step === 0 && send(signal),
  });
  expect({ code, freed }).toEqual({ code: exitCode, freed: true });
  expect(stderr).toMatch(/^nst-gpu: Interrupted.*nothing was written\.\n$/);
  expect(await written(folder)).toEqual([]);
});

it.each(EXIT_CODES)("%s during the last step changes nothing", async (signal) => {
  const folder = await folderWithImages();
  const { code } = await run(argsIn(folder), { duringStep: (step, send) => step === 10 && send(signal) });
  expect(code).toBe(0);
  expect(await stepOfFile(join(folder, "out.png"))).toBe(10);
});

it.each(EXIT_CODES)("Ctrl-C after %s ends the process at once", async (signal) => {
  const folder = await folderWithImages();
  const { exits } = await run(argsIn(folder), {
    duringStep: (step, send) => {
      if (step !== 6) return;
      send(signal);
      send("SIGINT");
    },
  });
  expect(exits).toEqual([130]);
});

it("the image is saved where signals come twice without a person, as from timeout", async () => {
  const folder = await folderWithImages();
  const { code, exits } = await run(argsIn(folder), {
    duringStep: (step, send) => {
      if (step === 6) for (const signal of ["SIGTERM", "SIGTERM", "SIGHUP", "SIGHUP"] as const) send(signal);
    },
  });
  expect({ code, exits }).toEqual({ code: 143, exits: [] });
  expect(await stepOfFile(join(folder, "out.png"))).toBe(6);
});

it.each([
  [new OutOfMemoryError("The GPU has no memory left. Choose a smaller size."), /^nst-gpu: The GPU has no memory left/m],
  [new NotFiniteError("The loss is NaN at step 5. Lower the learning rate.", 5), /^nst-gpu: The loss is NaN/m],
  [new TypeError("x is\nundefined"), /^nst-gpu: unexpected error: x is undefined\. .*report/m],
])("a failure while running exits with 1 and writes nothing: %s", async (error, message) => {
  const folder = await folderWithImages();
  const { code, stderr, stdout } = await run(argsIn(folder), {
    duringStep: (step) => {
      if (step === 5) throw error;
    },
  });
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toMatch(message);
  expect(await written(folder)).toEqual([]);
});

it("shows warnings of the engine, unless quiet", async () => {
  const folder = await folderWithImages();
  const warned = await run(argsIn(folder), { warning: "This is slow." });
  const quiet = await run(argsIn(folder, "--quiet", "--force"), { warning: "This is slow." });
  expect(warned.stderr).toMatch(/^warning: This is slow\.$/m);
  expect(quiet.stderr).toBe("");
});

it("the bar is gone when an error is printed", async () => {
  const folder = await folderWithImages();
  const { stderr } = await run(argsIn(folder), {
    isTTY: true,
    duringStep: (step) => {
      if (step === 5) throw new OutOfMemoryError("No memory.");
    },
  });
  expect(stderr.endsWith("\r\u001b[2Knst-gpu: No memory.\n")).toBe(true);
});
