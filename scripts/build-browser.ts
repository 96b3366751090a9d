/**
 * The build for browsers: `index.js` with all that a page needs to run, in one file behind it (`main.js`), and small files that
 * only some runs load. Everything is in them, for pages without a bundler. `npm run build` runs this after tsup, which makes
 * the build for Node; esbuild would scatter what the small files share over as many chunks, at 6 KB more.
 */
import { type ModuleInfo, type Plugin, rolldown } from "rolldown";
import { parseSync, Visitor } from "rolldown/utils";
import { minify } from "terser";

const terser: Plugin = {
  name: "terser",
  async renderChunk(code) {
    // What terser calls unsafe holds here: nothing replaces built-in objects or looks at the text of functions. Functions are
    // inlined only where they are simple, which compresses better.
    const compress = {
      passes: 4,
      ecma: 2020,
      unsafe_arrows: true,
      keep_fargs: false,
      pure_getters: true,
      inline: 1,
      unsafe: true,
    } as const;
    const minified = await minify(code, { module: true, ecma: 2020, compress, sourceMap: { asObject: true } });
    return { code: minified.code!, map: minified.map as never };
  },
};

/** The entry only passes names on. As re-exports they need no names in between, which are a third of its bytes. */
const reexports: Plugin = {
  name: "re-exports",
  renderChunk(code, { isEntry }) {
    if (!isEntry) return undefined;
    const parts = code.match(/^import\{([^}]*)\}from("[^"]*");export\{([^}]*)\};\s*$/);
    if (!parts) throw new Error("The entry for browsers does more than pass names on. Correct src/index.ts, or this.");
    const [, imports, from, exports] = parts;
    const pairsOf = (names: string) => names.split(",").map((name) => name.split(" as "));
    const exportedAs = new Map(pairsOf(imports).map(([name, local = name]) => [local, name]));
    const names = pairsOf(exports).map(([local, name = local]) => `${exportedAs.get(local)} as ${name}`);
    return { code: `export{${names}}from${from};`, map: null };
  },
};

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
  plugins: [wgsl, terser, reexports],
});
await bundle.write({
  dir: "dist/browser",
  cleanDir: true,
  format: "esm",
  sourcemap: true,
  minify: false, // terser has done it
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
