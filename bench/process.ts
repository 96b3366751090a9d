/** The process of one engine, seen from the benchmark: started once, asked for one thing at a time (protocol.ts). */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { DispatchTime } from "../src/autograd/profile.ts";
import type { Answer, Greeting, Preparation, Request, Run } from "./protocol.ts";

/** Longest that one answer may take by default, in seconds: the first run of a slow peer on a software adapter. */
const PATIENCE = 300;

/** How much of what an engine prints is kept for its error message. */
const KEPT_OUTPUT = 2000;

export class EngineProcess {
  private readonly child: ChildProcess;
  private readonly answers: AsyncIterator<string>;
  private output = "";
  /** Version and adapter; resolved by {@link start}. */
  greeting!: Greeting;

  private constructor(
    readonly name: string,
    [program, ...parameters]: readonly string[],
    private readonly patience: number,
  ) {
    this.child = spawn(program, parameters, { stdio: ["pipe", "pipe", "pipe", "pipe"] });
    for (const stream of [this.child.stdout!, this.child.stderr!]) {
      stream.on("data", (text) => (this.output = (this.output + text).slice(-KEPT_OUTPUT)));
    }
    // A process that ended shows in its answers.
    this.child.on("error", (error) => (this.output = error.message));
    this.child.stdin!.on("error", () => {});
    this.answers = createInterface({ input: this.child.stdio[3] as Readable })[Symbol.asyncIterator]();
  }

  /**
   * Starts `command`, a program and its parameters. An answer that takes longer than `patience` seconds is a failure.
   * @throws if the engine cannot be used here; the message says why.
   */
  static async start(name: string, command: readonly string[], patience = PATIENCE): Promise<EngineProcess> {
    const started = new EngineProcess(name, command, patience);
    started.greeting = await started.answer();
    return started;
  }

  prepare(job: unknown): Promise<Preparation> {
    return this.ask({ call: "prepare", job });
  }

  run(count = 1): Promise<Run> {
    return this.ask({ call: "run", count });
  }

  norm(): Promise<number> {
    return this.ask({ call: "norm" });
  }

  profile(repetitions: number): Promise<DispatchTime[]> {
    return this.ask({ call: "profile", repetitions });
  }

  stop(): void {
    this.child.kill("SIGKILL");
  }

  private ask<Result>(request: Request): Promise<Result> {
    this.child.stdin!.write(`${JSON.stringify(request)}\n`);
    return this.answer();
  }

  private async answer<Result>(): Promise<Result> {
    const timer = setTimeout(() => {
      this.output = `no answer within ${this.patience} s`;
      this.stop();
    }, 1000 * this.patience);
    const { value, done } = await this.answers.next();
    clearTimeout(timer);
    if (done) throw new Error(`its process ended: ${lastWords(this.output)}`);
    const answer: Answer = JSON.parse(value);
    if ("error" in answer) throw new Error(answer.error);
    return answer.result as Result;
  }
}

/** The line of what a process printed that most likely says why it ended. */
function lastWords(output: string): string {
  const lines = output.split("\n").filter((line) => line.trim() !== "");
  return lines.findLast((line) => /error/i.test(line)) ?? lines[lines.length - 1] ?? "it printed nothing";
}
