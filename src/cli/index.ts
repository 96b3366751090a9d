#!/usr/bin/env node
/** The program `nst-gpu`. It ends by itself when nothing is left to do, with the exit code of {@link main}. */
import { listAdapters } from "#gpu";
import { styleTransfer } from "../nst/style-transfer.ts";
import { main } from "./main.ts";

// A reader that has seen enough, such as `head`, closes the pipe; that is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

process.exitCode = await main(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  signals: process,
  exit: (code) => process.exit(code),
  steps: (options) => styleTransfer.steps(options),
  listAdapters,
});
