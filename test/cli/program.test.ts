/** The program itself in a process of its own: real engine, embedded network, real signals. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { loadImage } from "../../src/image/load.ts";
import { folderWithImages } from "./fake-host.ts";

const PROGRAM = fileURLToPath(new URL("../../src/cli/index.ts", import.meta.url));

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Starts `nst-gpu`, and lets `onStdout` act on what it prints. It has to end by itself. */
async function nstGpu(
  args: string[],
  onStdout: (text: string, child: ChildProcess) => void = () => {},
): Promise<Ended> {
  // A cache of its own: what is installed on this machine decides about the network.
  const env = { ...process.env, NST_CACHE: join(tmpdir(), "nst-no-such-cache"), NST_OFFLINE: "1" };
  const child = spawn(process.execPath, ["--import", "tsx", PROGRAM, ...args], { env });
  const ended: Ended = { code: null, stdout: "", stderr: "" };
  child.stdout.on("data", (text) => {
    ended.stdout += text;
    onStdout(ended.stdout, child);
  });
  child.stderr.on("data", (text) => (ended.stderr += text));
  [ended.code] = await once(child, "close");
  return ended;
}

function argsIn(folder: string, ...more: string[]): string[] {
  return [join(folder, "content.png"), join(folder, "style.png"), "-o", join(folder, "out.png"), ...more];
}

it("prints its version without a GPU or an image decoder", async () => {
  const { version } = JSON.parse(await readFile("package.json", "utf8"));
  expect(await nstGpu(["--version"])).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
});

it("ends with 2 and one line after a mistake", async () => {
  const { code, stdout, stderr } = await nstGpu(["--sise", "5"]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toBe('nst-gpu: --sise is no flag. Did you mean "--size"? See nst-gpu --help.\n');
});

it("makes an image", async () => {
  const folder = await folderWithImages();
  const { code, stdout, stderr } = await nstGpu(
    argsIn(folder, "--size", "48", "--steps", "3", "--scales", "48", "--json"),
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining("wrote") });
  const lines = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines.map(({ step }) => step)).toEqual([1, 2, 3, 3]);
  expect(lines[2].loss).toBeLessThan(lines[0].loss);
  const picture = await loadImage(join(folder, "out.png"), "out.png");
  expect(picture).toMatchObject({ width: 48, height: 36 });
});

it.each([
  ["SIGHUP", 129],
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)("saves the image so far at %s", async (signal, exitCode) => {
  const folder = await folderWithImages();
  let asked = false;
  const { code, stdout } = await nstGpu(
    argsIn(folder, "--size", "48", "--steps", "100000", "--scales", "48", "--json"),
    (text, child) => {
      if (asked || !text.includes('"step":3')) return;
      asked = true;
      child.kill(signal);
    },
  );
  expect(code).toBe(exitCode);
  expect(JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "")).toMatchObject({ interrupted: true });
  expect((await readdir(folder)).sort()).toEqual(["content.png", "out.png", "style.png"]);
});

it("paints to the end when nobody reads what it says, and says that results could not be printed", async () => {
  const folder = await folderWithImages();
  const args = argsIn(folder, "--size", "48", "--steps", "2", "--scales", "48", "--json");
  const command = [process.execPath, "--import", "tsx", PROGRAM, ...args].map((word) => `'${word}'`).join(" ");
  const env = { ...process.env, NST_CACHE: join(tmpdir(), "nst-no-such-cache"), NST_OFFLINE: "1" };
  const inShell = async (text: string) => {
    const child = spawn("bash", ["-c", text], { env });
    let stderr = "";
    child.stderr.on("data", (more) => (stderr += more));
    const [code] = await once(child, "close");
    return { code, stderr };
  };
  // The reader is gone before the first word.
  expect(await inShell(`${command} 2> >(exec true) >/dev/null`)).toMatchObject({ code: 0 });
  expect(await loadImage(join(folder, "out.png"))).toMatchObject({ width: 48, height: 36 });
  await rm(join(folder, "out.png"));
  const { code, stderr } = await inShell(`${command} > /dev/full`);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^nst-gpu: Cannot print to the standard output: .*ENOSPC/m);
  expect(await loadImage(join(folder, "out.png"))).toMatchObject({ width: 48, height: 36 });
});
