/**
 * Runs the notebooks of examples/notebooks from top to bottom, headlessly, in Deno's Jupyter kernel.
 *
 *   npm run notebooks             writes the outputs into the notebooks
 *   npm run notebooks -- --check  leaves them as they are (for CI), at a smaller size; fails where a cell does
 *
 * Further arguments name the notebooks to run. `npm run build` must have been run, and Jupyter's nbconvert be there.
 * NST_NOTEBOOK_SIZE sets the size of pictures and matrices.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";

const ROOT = new URL("../", import.meta.url).pathname;
const FOLDER = `${ROOT}examples/notebooks/`;
const CACHE = `${ROOT}.cache/notebooks/`;

/** The size that outputs are written with; that of a check is the notebooks' own default, 64. */
const WRITTEN_SIZE = "96";

/** Of Debian. */
const PACKAGES = "jupyter-nbconvert jupyter-client jupyter-core python3-nbclient";

/** No cell of a check takes longer, and none of a larger run, so that a kernel that hangs ends it. */
const SECONDS_PER_CELL = { check: 240, written: 1200 };

/** On a busy machine about one output in four hundred is lost between the kernel and Jupyter. */
const ATTEMPTS = 3;

interface Cell {
  id: string;
  metadata: { execution?: object };
  source: string[];
  outputs?: { output_type: string; name?: string; text?: string[] }[];
}

interface Notebook {
  cells: Cell[];
  metadata: { language_info: object };
}

const words = process.argv.slice(2);
const isCheck = words.includes("--check");
const wanted = words.filter((word) => !word.startsWith("-"));
const notebooks = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".ipynb") && (wanted.length === 0 || wanted.some((word) => name.includes(word))))
  .sort();
if (notebooks.length === 0) throw new Error(`No notebook is called ${wanted.join(" or ")}. See examples/notebooks.`);
if (!existsSync(`${ROOT}dist/node/index.js`)) {
  throw new Error("The notebooks use the built library, which is not there. Run `npm run build` first.");
}
try {
  execFileSync("jupyter", ["nbconvert", "--version"], { stdio: "ignore" });
} catch {
  throw new Error(`Jupyter's nbconvert is not there. Run \`apt-get install --no-install-recommends ${PACKAGES}\`.`);
}

mkdirSync(CACHE, { recursive: true });
const home = { ...process.env, HOME: CACHE };
execFileSync("npx", ["deno", "jupyter", "--install", "--force"], { env: home, stdio: ["ignore", "ignore", "inherit"] });
for (const name of notebooks) {
  const began = performance.now();
  if (isCheck) execute(name);
  else writeFileSync(FOLDER + name, withoutNoise(executed(name), name));
  console.log(`${name}: ${((performance.now() - began) / 1000).toFixed(0)} s`);
}

/** A notebook after a run, with all its pictures and printed lines. */
function executed(name: string): Notebook {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    execute(name);
    const notebook: Notebook = JSON.parse(readFileSync(CACHE + name, "utf8"));
    const lacking = notebook.cells.filter(({ source, outputs = [] }) => {
      const shown = outputs.filter(({ output_type }) => output_type === "display_data").length;
      const printed = outputs.flatMap(({ text = [] }) => text).length;
      const count = (pattern: RegExp) => source.filter((line) => pattern.test(line)).length;
      return shown < count(/^\s*await show\w+\(/) || printed < count(/^console\.log\(/);
    });
    if (lacking.length === 0) return notebook;
    console.log(`${name}: an output of ${lacking.map(({ id }) => id).join(", ")} was lost on its way`);
  }
  throw new Error(`Outputs of ${name} were lost in ${ATTEMPTS} runs. Run it while the machine does little else.`);
}

/** Runs a notebook, and leaves what came out in the cache. Throws where a cell does. */
function execute(name: string): void {
  const options = ["--log-level=WARN", "--to=notebook", "--execute", `--output-dir=${CACHE}`];
  const seconds = isCheck ? SECONDS_PER_CELL.check : SECONDS_PER_CELL.written;
  const settings = [`--ExecutePreprocessor.timeout=${seconds}`, "--ExecutePreprocessor.record_timing=False"];
  execFileSync("jupyter", ["nbconvert", ...options, ...settings, name], {
    cwd: FOLDER,
    // The kernel is found through the one, Deno's own cache through the other.
    env: {
      ...(isCheck ? {} : { NST_NOTEBOOK_SIZE: WRITTEN_SIZE }),
      ...process.env,
      JUPYTER_PATH: `${CACHE}.local/share/jupyter`,
      DENO_DIR: `${CACHE}deno`,
      DENO_NO_UPDATE_CHECK: "1",
    },
    stdio: ["ignore", "ignore", "inherit"],
  });
}

/** A notebook without what changes from run to run. Throws where an output is a complaint, or tells of this machine. */
function withoutNoise(notebook: Notebook, name: string): string {
  for (const { metadata, outputs = [] } of notebook.cells) {
    delete metadata.execution;
    const complaint = outputs.find((output) => output.name === "stderr");
    if (complaint) throw new Error(`${name} complains: ${JSON.stringify(complaint)}. Mend what it complains of.`);
  }
  // Deno adds the version of its TypeScript.
  notebook.metadata.language_info = { name: "typescript", file_extension: ".ts", mimetype: "text/x.typescript" };
  const written = `${JSON.stringify(notebook, undefined, 1)}\n`;
  if (written.includes(ROOT)) throw new Error(`${name} names the folder ${ROOT}. Print no absolute paths.`);
  return written;
}
