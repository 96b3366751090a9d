/** The process of one engine: `tsx worker.ts NAME`. It answers requests until its standard input ends, see protocol.ts. */
import { readFileSync, writeFileSync, writeSync } from "node:fs";
import { createInterface } from "node:readline";
import type { DispatchTime } from "../src/autograd/profile.ts";
import type { Engine } from "./engines/engine.ts";
import { host, installWebgpu } from "./engines/webgpu-host.ts";
import type { Greeting, Preparation, Request, Run } from "./protocol.ts";

const ANSWERS = 3;

const cell = new Int32Array(new SharedArrayBuffer(4));

const answer = (line: unknown) => writeSync(ANSWERS, `${JSON.stringify(line)}\n`);

try {
  const adapter = await installWebgpu();
  const engine: Engine = await (await import(`./engines/${process.argv[2]}.ts`)).open();
  answer({ result: { version: engine.version, adapter } satisfies Greeting });
  for await (const line of createInterface({ input: process.stdin })) {
    try {
      answer({ result: await serve(engine, JSON.parse(line)) });
    } catch (error) {
      answer({ error: String((error as Error)?.message ?? error) });
    }
  }
} catch (error) {
  answer({ error: String((error as Error)?.message ?? error) });
}
// Libraries keep timers and devices.
process.exit(0);

function serve(engine: Engine, request: Request): Promise<Preparation | Run | number | DispatchTime[]> {
  switch (request.call) {
    case "prepare":
      return prepare(engine, request.job);
    case "run":
      return run(engine, request.count);
    case "norm":
      return engine.norm!();
    case "profile":
      return engine.profile!(request.repetitions);
  }
}

async function prepare(engine: Engine, job: unknown): Promise<Preparation> {
  host.peakBufferBytes = host.bufferBytes;
  resetPeak();
  const began = performance.now();
  const cpu = cpuMilliseconds();
  const details = await engine.prepare(job);
  return { ms: performance.now() - began, cpuMs: cpuMilliseconds() - cpu, ...details };
}

async function run(engine: Engine, count: number): Promise<Run> {
  const before = { cpu: cpuMilliseconds(), main: mainThreadMilliseconds(), buffers: host.buffersCreated };
  const began = performance.now();
  let finish = engine.start();
  for (let i = 1; i < count; i++) finish = engine.start();
  const hostMs = performance.now() - began;
  const hostCpu = mainThreadMilliseconds();
  const value = await finish();
  const ms = performance.now() - began;
  const main = mainThreadMilliseconds();
  return {
    ms,
    hostMs,
    hostCpuMs: hostCpu === undefined ? undefined : hostCpu - before.main!,
    cpuMs: cpuMilliseconds() - before.cpu,
    mainThreadMs: main === undefined ? undefined : main - before.main!,
    value,
    buffersCreated: host.buffersCreated - before.buffers,
    bufferBytes: host.peakBufferBytes,
    peakBytes: peakBytes(),
  };
}

function cpuMilliseconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Linux alone tells, in nanoseconds, as of when the thread last stopped: so it stops for a moment. */
function mainThreadMilliseconds(): number | undefined {
  try {
    Atomics.wait(cell, 0, 0, 0.01);
    return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, "utf8").split(" ")[0]) / 1e6;
  } catch {
    return undefined;
  }
}

/** Where the system allows, lets the peak of the resident set begin anew. */
function resetPeak(): void {
  try {
    writeFileSync("/proc/self/clear_refs", "5");
  } catch {
    // The peak stays that of the whole process.
  }
}

function peakBytes(): number {
  try {
    return 1024 * Number(/VmHWM:\s*(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))![1]);
  } catch {
    return 1024 * process.resourceUsage().maxRSS;
  }
}
