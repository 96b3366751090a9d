/** What RADV, Mesa's driver for AMD GPUs, says of a compute pipeline, as layer.c writes it. */

/** What a GPU's compiler made of a kernel. */
export interface Compiled {
  /** Vector registers per invocation, 32 bits each, as allocated. */
  registers: number;
  /** Registers, of both kinds, that did not fit and live in memory. */
  spilled: number;
  /** Bytes of memory per subgroup for spilled registers and for arrays that are indexed. */
  scratch: number;
  /** Bytes of workgroup memory, as allocated. */
  workgroupBytes: number;
  /** Subgroups of 32 that a SIMD unit can hold at once, by registers and workgroup memory: 32 at most. */
  subgroups: number;
  /** All instructions. */
  instructions: number;
  /** The innermost loop with the most multiply-adds, if any loop has some. */
  loop?: Loop;
}

/** The instructions of one turn of a loop. */
export interface Loop {
  instructions: number;
  /** Those that multiply and add. */
  multiplyAdds: number;
  /** Reads and writes of buffers, by vectors of addresses or one address for all. */
  memory: number;
  /** Reads and writes of workgroup memory. */
  workgroupMemory: number;
}

/** @throws {Error} if it is not what layer.c writes. */
export function parseCompiled(text: string): Compiled {
  const assembly = /^TEXT Assembly\n(.*?)^END$/ms.exec(text)?.[1];
  if (assembly === undefined) throw new Error("The driver gave no assembly: Mesa was built without LLVM.");
  return {
    registers: numberOf("VGPRs"),
    spilled: numberOf("Spilled SGPRs") + numberOf("Spilled VGPRs"),
    scratch: numberOf("Scratch size"),
    workgroupBytes: numberOf("LDS size"),
    subgroups: numberOf("Subgroups per SIMD"),
    instructions: numberOf("Instructions"),
    loop: hottestLoop(assembly),
  };

  function numberOf(name: string): number {
    const value = new RegExp(`^${name}\t(\\d+)$`, "m").exec(text)?.[1];
    if (value === undefined) throw new Error(`The driver does not tell its ${name}: another version of Mesa may.`);
    return Number(value);
  }
}

/** A loop lies between a label and the last branch back to it; the innermost ones have no other inside. */
function hottestLoop(assembly: string): Loop | undefined {
  const lines = assembly.split("\n");
  const labels = new Map<string, number>();
  const ends = new Map<number, number>();
  for (const [index, line] of lines.entries()) {
    const label = /^(BB\d+):/.exec(line)?.[1];
    if (label) labels.set(label, index);
    const start = labels.get(/^\s+s_c?branch\w*\s+(BB\d+)/.exec(line)?.[1] ?? "");
    if (start !== undefined) ends.set(start, index);
  }
  const starts = [...ends.keys()];
  return [...ends]
    .filter(([start, end]) => !starts.some((other) => other > start && other < end))
    .map(([start, end]) => countInstructions(lines.slice(start, end + 1)))
    .filter(({ multiplyAdds }) => multiplyAdds > 0)
    .sort((a, b) => b.multiplyAdds - a.multiplyAdds)[0];
}

function countInstructions(lines: readonly string[]): Loop {
  const names = lines.map((line) => /^\s+([a-z]\w*)/.exec(line)?.[1]).filter((name) => name !== undefined);
  const count = (pattern: RegExp) => names.filter((name) => pattern.test(name)).length;
  return {
    instructions: names.length,
    multiplyAdds: count(/^v_(pk_)?(fma|fmac|mad|mac)_/),
    memory: count(/^(buffer|global|flat|scratch|s_load|s_buffer_load)_/),
    workgroupMemory: count(/^ds_/),
  };
}
