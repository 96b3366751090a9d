/**
 * The build for browsers: `index.js` with all that a page needs to run, in one file behind it (`main.js`), and small files that
 * only some runs load. Everything is in them, for pages without a bundler. `npm run build` runs this after tsup, which makes
 * the build for Node; esbuild would scatter what the small files share over as many chunks, at 6 KB more.
 */
import { mkdir, rm, writeFile } from "node:fs/promises";
import { type ModuleInfo, type OutputChunk, type Plugin, rolldown } from "rolldown";
import { parseSync, Visitor } from "rolldown/utils";
import { minify } from "terser";

const FOLDER = "dist/browser";

/**
 * What terser calls unsafe holds here: nothing replaces built-in objects or looks at the text of functions. Functions are inlined only where
 * they are simple, which compresses better.
 */
const COMPRESS = {
  passes: 4,
  ecma: 2020,
  unsafe_arrows: true,
  keep_fargs: false,
  pure_getters: true,
  inline: 1,
  unsafe: true,
} as const;

/**
 * Takes comments, indentation and line ends out of WGSL, into which no minifier looks. A line of the source stays one, for the source
 * maps: its end is escaped.
 */
const wgsl: Plugin = {
  name: "wgsl",
  transform(code, id) {
    if (!/src.kernels/.test(id)) return undefined;
    const uncommented = code.replace(/^ *(\/\/.*$)?/gm, "");
    const texts: { start: number; end: number }[] = [];
    const program = parseSync(id, uncommented).program;
    new Visitor({ TemplateElement: ({ start, end }) => void texts.push({ start, end }) }).visit(program);
    let result = "";
    let from = 0;
    for (const { start, end } of texts.sort((a, b) => a.start - b.start)) {
      const text = uncommented.slice(start, end);
      if (text.includes("//")) throw new Error(`${id}: a comment behind WGSL would hide what follows. Give it a line.`);
      result += uncommented.slice(from, start) + text.replaceAll("\n", "\\\n");
      from = end;
    }
    return { code: result + uncommented.slice(from), map: null };
  },
};

const bundle = await rolldown({
  input: { index: "src/index.ts" },
  platform: "browser",
  // What all browsers with WebGPU parse: `using`, for one, Safari does not.
  transform: { target: "es2022" },
  resolve: { conditionNames: ["browser", "import", "default"] },
  plugins: [wgsl],
});
const { output } = await bundle.generate({
  dir: FOLDER,
  format: "esm",
  sourcemap: true,
  minify: false, // terser does it
  chunkFileNames: "[name].js",
  codeSplitting: {
    groups: [
      {
        debugName: "main",
        name: (id, context) => (isLoadedAtOnce(id, (module) => context.getModuleInfo(module)) ? "main" : null),
      },
      // What the embedded network needs, in one file.
      {
        name: "compact",
        test: /vgg\/(compact|float16|preprocessing-form|views)\.ts$|nst\/(views|color)\.ts$|kernels\/expand-weights\.ts$/,
      },
    ],
  },
});
await bundle.close();

const chunks = output.filter((file) => file.type === "chunk");
const files = new Map<string, string>();
// Exported by the names that it has in the minified file, what is shared needs no second name there, nor where it is imported.
const main = chunks.find(({ name }) => name === "main")!;
const names = new Map<string, string>();
const exportsOf = /(?<=export\{)[^}]*(?=\})/;
const minifiedMain = (await minified(main)).replace(exportsOf, (pairs) => {
  for (const [local, name = local] of pairsOf(pairs)) names.set(name, local);
  return [...new Set(names.values())].sort().join();
});
files.set(main.fileName, minifiedMain);
for (const chunk of chunks) if (chunk !== main) files.set(chunk.fileName, await minified(renamed(chunk)));

// At the end, and all at once: whoever uses the last build meanwhile hardly misses it.
await rm(FOLDER, { recursive: true, force: true });
await mkdir(FOLDER, { recursive: true });
await Promise.all([...files].map(([name, text]) => writeFile(`${FOLDER}/${name}`, text)));

/** The minified code; notes its source map, if it has one: what the bundler made by itself has none. */
async function minified({ code, map, fileName, isEntry }: OutputChunk): Promise<string> {
  const sourceMap = map ? { content: JSON.stringify(map), filename: fileName, url: `${fileName}.map` } : undefined;
  const result = await minify(code, { module: true, ecma: 2020, compress: COMPRESS, sourceMap });
  if (map) files.set(`${fileName}.map`, result.map as string);
  return isEntry ? reexported(result.code!) : result.code!;
}

/** The chunk, which imports from the main one what that exports by other names now. Its imports have lines of their own. */
function renamed(chunk: OutputChunk): OutputChunk {
  const code = chunk.code.replace(/(?<=import \{)[^}]*(?=\} from "\.\/main\.js")/, (pairs) =>
    pairsOf(pairs)
      .map(([name, local = name]) => `${names.get(name)} as ${local}`)
      .join(", "),
  );
  return { ...chunk, code };
}

/** The entry only passes names on. As re-exports they need no names in between, which are a third of its bytes. */
function reexported(code: string): string {
  const parts = code.match(/^import\{([^}]*)\}from("[^"]*");export\{([^}]*)\};/);
  if (!parts) throw new Error("The entry for browsers does more than pass names on. Correct src/index.ts, or this.");
  const [, imports, from, exports] = parts;
  const exportedAs = new Map(pairsOf(imports).map(([name, local = name]) => [local, name]));
  return `export{${pairsOf(exports).map(([local, name = local]) => `${exportedAs.get(local)} as ${name}`)}}from${from};`;
}

/** The names of a list as in `import { a as b, c }`, each with the one behind "as" if there is one. */
function pairsOf(list: string): string[][] {
  return list.split(",").map((pair) => pair.trim().split(" as "));
}

/** Whether a module is imported from the entry by imports that are not dynamic; the entry itself only names what is public. */
function isLoadedAtOnce(id: string, infoOf: (id: string) => ModuleInfo | null): boolean {
  const found = new Set<string>();
  const visit = (module: string) => {
    if (found.has(module)) return false;
    found.add(module);
    const info = infoOf(module);
    if (info?.isEntry) return module !== id;
    return info?.importers.some(visit) ?? false;
  };
  return visit(id);
}
