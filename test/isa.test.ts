/** What scripts/isa reads from a GPU's compiler. */
import { describe, expect, it } from "vitest";
import { parseCompiled } from "../scripts/isa/compiled.ts";

/** Two loops within one, the second of which goes back to its start from two places. */
const ASSEMBLY = `BB0:
	s_load_dwordx4 s[0:3], s[2:3], 0x0                          ; f4080001 fa000000
BB1:
	v_mov_b32_e32 v1, 0                                         ; 7e020280
BB2:
	buffer_load_dwordx4 v[4:7], v0, s[0:3], 0 offen             ; e0381000 80000400
	s_waitcnt vmcnt(0)                                          ; bf8c3f70
	v_fmac_f32_e32 v1, v4, v5                                   ; 56020b04
	s_cbranch_scc1 BB2                                          ; bf850003
BB3:
	s_buffer_load_dword s4, s[0:3], 0x0                         ; f4200100 fa000000
	ds_read_b128 v[8:11], v2                                    ; dbfc0000 08000002
	s_cbranch_vccnz BB3                                         ; bf870001
	v_fma_f32 v1, v8, v9, v1                                    ; d54b0001 04061308
	v_fma_f32 v1, v10, v11, v1                                  ; d54b0001 0406170a
	s_cbranch_scc1 BB3                                          ; bf850003
BB4:
	s_cbranch_scc0 BB1                                          ; bf84fff0
	v_fma_f32 v1, v10, v11, v1                                  ; d54b0001 0406170a
	s_endpgm                                                    ; bf810000`;

function described(assembly: string): string {
  const numbers = [
    "Driver pipeline hash\t18446744073709551615",
    "SGPRs\t128",
    "VGPRs\t24",
    "Spilled SGPRs\t2",
    "Spilled VGPRs\t3",
    "Code size\t240",
    "LDS size\t1024",
    "Scratch size\t16",
    "Subgroups per SIMD\t32",
    "Instructions\t40",
  ];
  return `PIPELINE\n${numbers.join("\n")}\nTEXT NIR Shader(s)\nBB9:\n\nEND\nTEXT Assembly\n${assembly}\n\nEND\n`;
}

describe("what a GPU's compiler says of a kernel", () => {
  it("has its registers, its instructions, and the innermost loop with the most multiply-adds", () => {
    expect(parseCompiled(described(ASSEMBLY))).toEqual({
      registers: 24,
      spilled: 5,
      scratch: 16,
      workgroupBytes: 1024,
      subgroups: 32,
      instructions: 40,
      loop: { instructions: 6, multiplyAdds: 2, memory: 1, workgroupMemory: 1 },
    });
  });

  it("has no loop where none multiplies and adds", () => {
    expect(
      parseCompiled(described("BB0:\n\tv_mov_b32_e32 v1, 0 ; 7e020280\n\ts_cbranch_scc1 BB0 ; bf85")).loop,
    ).toBeUndefined();
  });

  it("is refused if it is of a driver that says something else", () => {
    expect(() => parseCompiled("PIPELINE\nVGPRs\t8\n")).toThrow("no assembly");
    expect(() => parseCompiled(described(ASSEMBLY).replace("VGPRs\t24", "Registers\t24"))).toThrow(
      "does not tell its VGPRs",
    );
  });
});
