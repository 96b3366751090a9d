/**
 * Runs the notebooks of examples/notebooks from top to bottom, headlessly, in Deno's Jupyter kernel.
 *
 *   npm run notebooks             writes the outputs into the notebooks
 *   npm run notebooks -- --check  leaves them as they are (for CI); fails where a cell does
 *
 * Jupyter's nbconvert must be there: apt-get install --no-install-recommends jupyter-nbconvert jupyter-client jupyter-core
 * python3-nbclient. Further arguments name the notebooks to run.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";

const FOLDER = new URL("../examples/notebooks/", import.meta.url).pathname;
const CACHE = new URL("../.cache/notebooks/", import.meta.url).pathname;

const words = process.argv.slice(2);
const isCheck = words.includes("--check");
const wanted = words.filter((word) => !word.startsWith("-"));
const notebooks = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".ipynb") && (wanted.length === 0 || wanted.some((word) => name.includes(word))))
  .sort();

mkdirSync(CACHE, { recursive: true });
const home = { ...process.env, HOME: CACHE };
execFileSync("npx", ["deno", "jupyter", "--install", "--force"], { env: home, stdio: ["ignore", "ignore", "inherit"] });

for (const name of notebooks) {
  const began = performance.now();
  const output = isCheck ? ["--output-dir", CACHE] : ["--inplace"];
  execFileSync("jupyter", ["nbconvert", "--to", "notebook", "--execute", ...output, name], {
    cwd: FOLDER,
    // The kernel is found through the one, Deno's own cache through the other.
    env: {
      ...process.env,
      JUPYTER_PATH: `${CACHE}.local/share/jupyter`,
      DENO_DIR: `${CACHE}deno`,
      DENO_NO_UPDATE_CHECK: "1",
    },
    stdio: ["ignore", "ignore", "inherit"],
  });
  console.log(`${name}: ${((performance.now() - began) / 1000).toFixed(0)} s`);
}
