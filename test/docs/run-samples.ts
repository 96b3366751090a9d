/**
 * Runs samples one after the other in this process, each in the folder of its file, when the parent process sends the file: to start
 * Node, load the library and find an adapter takes longer than most samples do.
 */

import { dirname } from "node:path";
import { chdir } from "node:process";

/** What a sample has printed, and what it has failed with. */
export interface Outcome {
  stdout: string;
  stderr: string;
}

let outcome: Outcome = { stdout: "", stderr: "" };
for (const name of ["stdout", "stderr"] as const) {
  process[name].write = (chunk: string | Uint8Array) => {
    outcome[name] += chunk;
    return true;
  };
}
const note = (error: unknown) => {
  outcome.stderr += `${error instanceof Error ? error.stack : error}\n`;
};
process.on("unhandledRejection", note);
process.on("uncaughtException", note);

process.on("message", async (file: string) => {
  outcome = { stdout: "", stderr: "" };
  chdir(dirname(file));
  await import(file).catch(note);
  // What fails a moment later, without being awaited, belongs to this sample too.
  await new Promise((resolve) => setTimeout(resolve, 10));
  process.send!(outcome);
});
