/** Bad input at the command line: exit code 2, one line that names the flag or file and the remedy, nothing written. */
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { encode } from "#image";
import { styleTransfer } from "../../src/nst/style-transfer.ts";
import { folderWithImages, run } from "./fake-host.ts";

/** Arguments, with `@name` for a file in the test's folder, and what the message must say. */
type Case = [args: string, message: RegExp];

/** The real engine would fail with another exit code as soon as it asked for this adapter. */
const NO_GPU = ["--adapter", "no such adapter"];

const GOOD = "@content.png @style.png -o @out.png";

const USAGE: Case[] = [
  ["", /CONTENT is missing.*nst-gpu CONTENT STYLE/],
  ["@content.png -o @out.png", /STYLE is missing.*nst-gpu CONTENT STYLE/],
  ["@content.png @style.png", /--output is missing.*-o out\.png/],
  ["@content.png @style.png -o -", /--output is "-", but results go to files alone\..*-o out\.png/],
  [`${GOOD} --stpes 3`, /--stpes is no flag\. Did you mean "--steps"\?/],
  [`${GOOD} -x`, /-x is no flag.*--help/],
  [`${GOOD} --size`, /--size has no value/],
  [`${GOOD} --size --force`, /--size has no value/],
  [`${GOOD} --force=yes`, /--force takes no value/],
];

const VALUES: Case[] = [
  [`${GOOD} --size 8`, /^--size is 8\. .* 16 to 16384/],
  [`${GOOD} --size 20000`, /^--size is 20000/],
  [`${GOOD} --size 100.5`, /^--size is 100\.5\. .*whole number/],
  [`${GOOD} --size big`, /^--size is "big"/],
  [`${GOOD} --size=`, /^--size is ""/],
  [`${GOOD} --style-size 4`, /^--style-size is 4/],
  [`${GOOD} --steps 0`, /^--steps is 0\. .* 1 to 1000000/],
  [`${GOOD} --scales 512,256`, /^--scales is \[512, 256\]\. .*ascend/],
  [`${GOOD} --scales 4,256`, /^--scales\[0\] is 4/],
  [`${GOOD} --scales 128,256 --size 512`, /^--scales ends at 256 but size is 512/],
  [`${GOOD} --content-weight -1`, /^--content-weight is -1\. .*not negative/],
  [`${GOOD} --style-weight Infinity`, /^--style-weight is Infinity\. .*finite/],
  [`${GOOD} --tv-weight NaN`, /^--tv-weight is "NaN"\. .*finite/],
  [`${GOOD} --content-weight 0 --style-weight 0 --tv-weight 0`, /^--style-weight is 0 like the content weight/],
  [`${GOOD} --preset gatis`, /^--preset is "gatis"\. Did you mean "gatys"\?/],
  [`${GOOD} --network=`, /^--network is ""\. .*"vgg19", or a path/],
  [
    "--list-layers --network vgg-19",
    /^"vgg-19" is no network\. Did you mean "vgg19"\? Give one of slim, vgg19, .*weight file/,
  ],
  [`${GOOD} --content-layers relu4_5`, /^--content-layers names "relu4_5".*Did you mean "relu4_\d"\?/],
  [`${GOOD} --content-layers conv4_2`, /^--content-layers names "conv4_2".*Did you mean "relu4_2"\?/],
  [`${GOOD} --style-layers relu1_1=1,relu2_1=-2`, /^--style-layers\.relu2_1 is -2/],
  [`${GOOD} --style-layers relu1_1=1,relu2_1`, /^--style-layers is .*a weight to all of them or to none/],
  [`${GOOD} --style-layers relu1_1=1,relu1_1=2`, /^--style-layers is .*each layer once/],
  [`${GOOD} --style-blend 1,2`, /^--style-blend is "1,2" for 1 STYLE/],
  [`${GOOD} --style-blend -1`, /^--style-blend is -1/],
  [`${GOOD} --style-blend 0`, /^--style-blend has only weights of 0/],
  [`${GOOD} --optimizer sgd`, /^--optimizer is "sgd"\. Did you mean "gd"\?/],
  [`${GOOD} --learning-rate 1`, /^--optimizer is missing.*lbfgs, adam, gd/],
  [`${GOOD} --optimizer adam --learning-rate 0`, /^--learning-rate is 0\. .*above 0/],
  [`${GOOD} --optimizer adam --beta1 1`, /^--beta1 is 1\. .*below 1/],
  [
    `${GOOD} --optimizer adam --history 5`,
    /^--history is no parameter of adam\. Known are --learning-rate, --beta1, --beta2, --epsilon, --averaging\.\n$/,
  ],
  [
    `${GOOD} --optimizer lbfgs --momentum 0.5`,
    /^--momentum .* Known are --history, --learning-rate, --line-search\.\n$/,
  ],
  [`${GOOD} --optimizer lbfgs --history 0`, /^--history is 0/],
  [`${GOOD} --optimizer lbfgs --line-search wolfe`, /^--line-search is "wolfe"\. .*"strong-wolfe"/],
  [`${GOOD} --init grey`, /^--init is "grey"\. Did you mean "gray"\?/],
  [`${GOOD} --seed -1`, /^--seed is -1\. .* 0 to 4294967295/],
  [`${GOOD} --pooling mean`, /^--pooling is "mean"\. .*"average"/],
  [`${GOOD} --padding reflet`, /^--padding is "reflet"\. Did you mean "reflect"\?/],
  [`${GOOD} --adapter=`, /^--adapter is ""/],
  [`${GOOD} --save-every 0`, /^--save-every is 0/],
  ["@content.png @style.png -o @out.jpg --quality 101", /^--quality is 101\. .* 1 to 100/],
  [`${GOOD} --quality 80`, /^--quality is 80, but PNG/],
];

const FILES: Case[] = [
  ["@missing.png @style.png -o @out.png", /missing\.png.*no such file/],
  ["@content.png @missing.png -o @out.png", /missing\.png.*no such file/],
  ["@content.png @folder -o @out.png", /folder.*directory/],
  ["@truncated.png @style.png -o @out.png", /truncated\.png/],
  ["@empty.png @style.png -o @out.png", /empty\.png/],
  ["@text.jpg @style.png -o @out.png", /text\.jpg/],
  ["@huge.png @style.png -o @out.png", /huge\.png.*60000/],
  ["@flat.png @style.png -o @out.png", /flat\.png/],
  ["@wide.png @style.png -o @out.png --size 64", /64x1 pixels.*relu4_1.*at least 8/],
  [`${GOOD} --init @missing.png`, /missing\.png.*no such file/],
  [`${GOOD} --network @missing.safetensors`, /missing\.safetensors/],
  [`${GOOD} --network @folder`, /folder/],
  [`${GOOD} --network @style.png`, /style\.png.*no weight file/],
  [`${GOOD} --content-layers relu5_1`, /relu4_2.*relu5_1/],
  ["@content.png @style.png -o @out.gif", /out\.gif.*known are png, jpg, jpeg, webp/],
  ["@content.png @style.png -o @out", /out.*no extension/],
  ["@content.png @style.png -o @nowhere/out.png", /nowhere.*folder does not exist/],
  ["@content.png @style.png -o @old.png", /old\.png.*exists already.*--force/],
  ["@content.png @style.png -o @old.png --save-every 50", /old\.png.*exists already.*--force/],
  [`${GOOD} --save-every 50`, /out-0100\.png.*exists already.*--force/],
  ["@content.png @style.png -o @folder.png --force", /folder\.png.*is a directory/],
  ["@content.png @style.png -o @content.png --force", /content\.png.*one of the images that are read/],
  ["@content.png @style.png -o @folder/../content.png --force", /content\.png.*one of the images that are read/],
  ["@content.png @style.png -o @style.png --force", /style\.png.*one of the images that are read/],
  ["@content.png @style.png -o @new.png --init @old.png -o @old.png --force", /old\.png.*one of the images/],
  ["@content.png @out-0100.png -o @out.png --save-every 50 --force", /out-0100\.png.*one of the images/],
];

/** A PNG's signature and header, without any pixels. */
function pngHeader(good: Uint8Array, width: number, height: number): Uint8Array {
  const header = good.slice(0, 33);
  const view = new DataView(header.buffer);
  view.setUint32(16, width);
  view.setUint32(20, height);
  return header;
}

async function fillFolder(): Promise<string> {
  const folder = await folderWithImages();
  const png = new Uint8Array(await readFile(join(folder, "content.png")));
  const files: Record<string, string | Uint8Array> = {
    "truncated.png": png.subarray(0, png.length / 2),
    "empty.png": "",
    "text.jpg": "This is no image.",
    "huge.png": pngHeader(png, 60000, 60000),
    "wide.png": await encode({ width: 640, height: 10, data: new Uint8Array(4 * 6400) }, "png"),
    "flat.png": pngHeader(png, 100, 0),
    "old.png": png,
    "out-0100.png": png,
  };
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
  await mkdir(join(folder, "folder"));
  await mkdir(join(folder, "folder.png"));
  return folder;
}

/** Names and contents of the files in a folder. */
async function contents(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(await Promise.all(files.map(async (path) => [path, await readFile(path, "base64")] as const)));
}

describe.each([
  ["usage", USAGE],
  ["values of flags", VALUES],
  ["files", FILES],
])("%s", (_, cases) => {
  it.each(cases)("nst-gpu %s", async (args, message) => {
    const folder = await fillFolder();
    const before = await contents(folder);
    const words = args.split(" ").filter((word) => word !== "");
    const result = await run([...NO_GPU, ...words.map((word) => word.replace(/^@/, `${folder}/`))], {
      engine: styleTransfer.steps,
    });
    expect(result.code).toBe(2);
    expect(result.stderr).toMatch(/^nst-gpu: [^\n]+\n$/);
    expect(result.stderr.replace("nst-gpu: ", "")).toMatch(message);
    expect(result.stdout).toBe("");
    expect(await contents(folder)).toEqual(before);
  });
});

it("that adapter does fail with another exit code", async () => {
  const folder = await folderWithImages();
  const inputs = ["content.png", "style.png"].map((name) => join(folder, name));
  const result = await run([...NO_GPU, ...inputs, "-o", join(folder, "out.png")], { engine: styleTransfer.steps });
  expect(result.code).toBe(1);
  expect(result.stderr).toMatch(/^nst-gpu: .*no such adapter.*\n$/m);
});

it("prints no stack unless NST_DEBUG asks for it", async () => {
  const usual = await run(["--nonsense"]);
  const debug = await run(["--nonsense"], { env: { NST_DEBUG: "1" } });
  expect(usual.stderr).not.toContain("    at ");
  expect(debug.stderr.startsWith(usual.stderr)).toBe(true);
  expect(debug.stderr).toContain("    at ");
});
