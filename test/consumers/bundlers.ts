/** What a user of each bundler does, with no more configuration than it needs. Each serves a project's page. */
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { build as buildByEsbuild } from "esbuild";
import { build as buildByVite, createServer } from "vite";
import webpack from "webpack";
import { type Server, serve } from "../browser/serve.ts";

/** The name of each way, the folders of test/consumers that its project is made of, and how to serve that. */
export const WAYS: readonly [name: string, folders: string[], open: (project: string) => Promise<Server>][] = [
  ["script tags", ["project", "script-tag"], serve],
  ["Vite's build", ["project"], byVite],
  ["Vite's server", ["project"], byViteServer],
  ["webpack", ["project"], byWebpack],
  ["esbuild", ["project", "esbuild"], byEsbuild],
];

async function byVite(root: string): Promise<Server> {
  await buildByVite({ root, base: "./", logLevel: "error" });
  return serve(join(root, "dist"));
}

async function byViteServer(root: string): Promise<Server> {
  const server = await createServer({ root, logLevel: "error", server: { port: 0 } });
  await server.listen();
  return { url: server.resolvedUrls!.local[0], close: () => server.close() };
}

async function byWebpack(context: string): Promise<Server> {
  const path = join(context, "dist");
  const compiler = webpack({ mode: "production", context, entry: "./main.js", output: { path } });
  const stats = await new Promise<webpack.Stats>((resolve, reject) =>
    compiler!.run((error, stats) => (error ? reject(error) : resolve(stats!))),
  );
  if (stats.hasErrors()) throw new Error(stats.toString({ all: false, errors: true }));
  await copyFile(join(context, "index.html"), join(path, "index.html"));
  return serve(path);
}

async function byEsbuild(absWorkingDir: string): Promise<Server> {
  await buildByEsbuild({
    absWorkingDir,
    entryPoints: ["main.js", "worker.js"],
    bundle: true,
    format: "esm",
    outdir: "dist",
    loader: { ".safetensors": "file" },
  });
  await copyFile(join(absWorkingDir, "index.html"), join(absWorkingDir, "dist/index.html"));
  return serve(join(absWorkingDir, "dist"));
}
