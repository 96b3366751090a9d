/**
 * The notebooks as they are committed: valid, complete outputs of one run, nothing in them that depends on the machine, and code
 * that type-checks, which Deno's kernel does not do. That they run, CI tests by `npm run notebooks -- --check`.
 */
import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const run = promisify(execFile);
const root = new URL("../..", import.meta.url).pathname;
const source = `${root}examples/notebooks/`;
const folder = `${root}.cache/notebook-types-${process.pid}/`;

/** What Deno's kernel gives to cells, as far as they use it. */
const GIVEN = "declare const Deno: { env: { get(name: string): string | undefined } };\n";

interface Output {
  output_type: "stream" | "display_data" | "execute_result" | "error";
  name?: string;
  text?: string[];
  data?: Record<string, string | string[]>;
}

interface Cell {
  id: string;
  cell_type: "markdown" | "code";
  metadata: object;
  source: string[];
  execution_count?: number | null;
  outputs?: Output[];
}

interface Notebook {
  nbformat: number;
  nbformat_minor: number;
  metadata: { kernelspec: object };
  cells: Cell[];
}

const names = (await readdir(source)).filter((name) => name.endsWith(".ipynb")).sort();
const texts = new Map<string, string>();
for (const name of names) texts.set(name, await readFile(source + name, "utf8"));

/** The files of the images that outputs show, by type. */
function imagesOf(outputs: readonly Output[] = []): { type: string; file: Buffer }[] {
  return outputs.flatMap(({ data = {} }) =>
    Object.entries(data)
      .filter(([type]) => type.startsWith("image/"))
      .map(([type, content]) => ({ type, file: Buffer.from([content].flat().join(""), "base64") })),
  );
}

it("there are five", () => expect(names.length).toBe(5));

describe.each(names)("%s", (name) => {
  const notebook: Notebook = JSON.parse(texts.get(name)!);
  const code = notebook.cells.filter((cell) => cell.cell_type === "code");

  it("is of Jupyter's format 4.5, for Deno's kernel", () => {
    expect(notebook).toMatchObject({ nbformat: 4, nbformat_minor: 5, metadata: { kernelspec: { name: "deno" } } });
    expect(new Set(notebook.cells.map(({ id }) => id)).size).toBe(notebook.cells.length);
    for (const { id, cell_type, source } of notebook.cells) {
      expect(id).toMatch(/^[\w-]{1,64}$/);
      expect(["markdown", "code"]).toContain(cell_type);
      expect(source.join("").trim()).not.toBe("");
    }
  });

  it("was run once, from top to bottom, and no cell complained", () => {
    expect(code.map((cell) => cell.execution_count)).toEqual(code.map((_, index) => index + 1));
    for (const { outputs } of code) {
      expect(outputs!.filter(({ output_type, name }) => output_type === "error" || name === "stderr")).toEqual([]);
    }
  });

  it("shows a picture or a chart under every cell that makes one, and what cells print", () => {
    const shown = code.map(({ outputs }) => imagesOf(outputs).length);
    const made = code.map(({ source }) => source.filter((line) => /^\s*await show\w+\(/.test(line)).length);
    expect(shown).toEqual(made);
    for (const { id, source, outputs = [] } of code) {
      const printed = outputs.flatMap(({ text = [] }) => text).length;
      const told = source.filter((line) => /^console\.log\(/.test(line)).length;
      expect(printed, `lines that ${id} prints`).toBeGreaterThanOrEqual(told);
    }
    expect(shown.reduce((all, count) => all + count)).toBeGreaterThanOrEqual(6);
  });

  it("has images that code-hosting pages show", () => {
    // PNG and JPEG by their first bytes. Not SVG, out of which such pages strip the drawing.
    const starts: Record<string, string> = { "image/png": "89504e470d0a1a0a", "image/jpeg": "ffd8ff" };
    for (const { type, file } of code.flatMap(({ outputs }) => imagesOf(outputs))) {
      expect(starts).toHaveProperty([type]);
      expect(file.toString("hex").slice(0, starts[type].length)).toBe(starts[type]);
    }
    expect(texts.get(name)!.length).toBeLessThan(2e6);
  });

  it("has nothing of the machine that it was run on", () => {
    for (const { metadata } of notebook.cells) expect(metadata).toEqual({});
    const words = notebook.cells.flatMap(({ source, outputs = [] }) => [
      source.join(""),
      JSON.stringify(outputs.map(({ data, ...rest }) => ({ ...rest, data: data?.["text/plain"] }))),
    ]);
    for (const text of words)
      expect(text).not.toMatch(/file:\/\/|(?<![\w.:/)-])\/(home|root|tmp|var|usr|opt|mnt|work|Users)\//);
  });

  it("has exercises whose solutions check themselves", () => {
    const solutions = code
      .map(({ source }) => source.join(""))
      .filter((text) => text.startsWith("// solution of exercise"));
    const exercises = notebook.cells.filter(({ source }) => /^\*\*\d\.\*\*/m.test(source.join("")));
    expect(solutions.length).toBe(exercises.length);
    expect(solutions.length).toBeGreaterThanOrEqual(4);
    for (const solution of solutions) expect(solution).toMatch(/\bassert(Same)?\(|\bthrow new Error\(/);
  });
});

describe("the code", () => {
  beforeAll(async () => {
    await mkdir(folder, { recursive: true });
    for (const [name, text] of texts) {
      const cells = (JSON.parse(text) as Notebook).cells.filter((cell) => cell.cell_type === "code");
      const module = cells.map((cell) => cell.source.join("")).join("\n\n");
      await writeFile(
        folder + name.replace(".ipynb", ".ts"),
        GIVEN + module.replace('"./show.ts"', `"${source}show.ts"`),
      );
    }
    const paths = { "nst-gpu": [`${root}src/index.ts`] };
    await writeFile(
      `${folder}tsconfig.json`,
      JSON.stringify({ extends: `${root}tsconfig.json`, include: ["*.ts"], compilerOptions: { paths } }),
    );
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("of all cells of a notebook together type-checks", async () => {
    const { stdout } = await run("npx", ["tsc", "--project", folder]).catch((error) => error);
    expect(stdout).toBe("");
  });
});
