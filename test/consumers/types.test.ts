/** The types of the package, under the settings that its users have; and the program that was checked, run. */
import { join } from "node:path";
import ts from "typescript";
import { beforeAll, describe, expect, it } from "vitest";
import { makeProject, pack, run } from "./package.ts";

/** What a project knows of its surroundings: libraries of TypeScript, and packages of types. */
const SURROUNDINGS: readonly [name: string, lib: string[], types: string[]][] = [
  ["Node", ["es2022"], ["node"]],
  ["Node and WebGPU", ["es2022"], ["node", "@webgpu/types"]],
  ["a page", ["es2022", "dom", "dom.iterable"], []],
  ["a page and WebGPU", ["es2022", "dom"], ["@webgpu/types"]],
  ["a page, WebGPU and Node", ["es2023", "dom", "esnext.disposable"], ["node", "@webgpu/types"]],
  ["a worker", ["es2022", "webworker"], []],
];

const SETTINGS = SURROUNDINGS.flatMap(([name, lib, types]) =>
  (["node16", "bundler"] as const).flatMap((resolution) =>
    [true, false].map((skipLibCheck) => ({ name, lib, types, resolution, skipLibCheck })),
  ),
);

let project: string;

beforeAll(async () => {
  project = await makeProject("types", await pack(), "types");
});

describe("the package's types", () => {
  it.each(SETTINGS)("hold for $name and $resolution, skipLibCheck $skipLibCheck", (settings) => {
    expect(errorsOf(programOf(settings))).toEqual([]);
  });

  it("are those of a program that runs in Node", async () => {
    const [settings] = SETTINGS;
    programOf(settings).emit();
    const { stdout } = await run("node", ["main.js"], { cwd: project });
    expect(stdout.trim().split("\n")).toEqual(["1 true", "2 true", "24 16 true", "true", "1,2"]);
  });
});

function programOf({ lib, types, resolution, skipLibCheck }: (typeof SETTINGS)[number]): ts.Program {
  const isNode = resolution === "node16";
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: isNode ? ts.ModuleKind.Node16 : ts.ModuleKind.ESNext,
    moduleResolution: isNode ? ts.ModuleResolutionKind.Node16 : ts.ModuleResolutionKind.Bundler,
    lib: lib.map((each) => `lib.${each}.d.ts`),
    types,
    skipLibCheck,
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
  };
  const host = ts.createCompilerHost(options);
  const read = host.getSourceFile;
  host.getCurrentDirectory = () => project;
  host.getSourceFile = (path, ...rest) => {
    // Declarations of the platforms are large, and the same in every program.
    if (!/typescript\/lib|node_modules\/@/.test(path)) return read(path, ...rest);
    if (!platforms.has(path)) platforms.set(path, read(path, ...rest));
    return platforms.get(path);
  };
  return ts.createProgram({ rootNames: ["main.ts", "wrong.ts"].map((name) => join(project, name)), options, host });
}

const platforms = new Map<string, ts.SourceFile | undefined>();

/** Errors in the project and in the package, but not in what other packages declare. */
function errorsOf(program: ts.Program): string[] {
  const own = program.getSourceFiles().filter(({ fileName }) => /consumers\/types\/(?!.*@)/.test(fileName));
  expect(own.map(({ fileName }) => fileName).join()).toContain("node_modules/nst-gpu/dist/index.d.ts");
  const diagnostics = [
    ...program.getOptionsDiagnostics(),
    ...own.flatMap((file) => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]),
  ];
  return diagnostics.map(
    ({ file, start, messageText }) =>
      `${file?.fileName}:${start} ${ts.flattenDiagnosticMessageText(messageText, "\n")}`,
  );
}
