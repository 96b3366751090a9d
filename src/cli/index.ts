#!/usr/bin/env node
/** The program `nst-gpu`. It ends by itself when nothing is left to do, with the exit code of {@link main}. */
import { listAdapters } from "#gpu";
import { styleTransfer } from "../nst/style-transfer.ts";
import { EXIT } from "./host.ts";
import { main } from "./main.ts";

// A reader that has seen enough, such as `head`, closes the pipe; that is no failure. Nothing that cannot be printed ends a run, whose
// picture is still wanted.
process.stderr.on("error", () => {});
process.stdout.on("error", ({ code, message }: NodeJS.ErrnoException) => {
  if (code === "EPIPE") return;
  process.exitCode ||= EXIT.failed;
  process.stderr.write(`nst-gpu: Cannot print to the standard output: ${message}\n`);
});

const exitCode = await main(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  signals: process,
  exit: (code) => process.exit(code),
  steps: (options) => styleTransfer.steps(options),
  listAdapters,
});
process.exitCode ||= exitCode;
