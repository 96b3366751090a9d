/** The text of --help, made from the table of flags. */
import { USAGE } from "./args.ts";
import { type Flag, GROUPS } from "./flags.ts";

const COLUMN = 26;

const INTRODUCTION = `Usage: ${USAGE}

Paints CONTENT in the style of STYLE, on the GPU. CONTENT and STYLE are paths or URLs
of PNG, JPEG or WebP images; several STYLEs are blended.

  nst-gpu photo.jpg painting.jpg -o out.png --size 768
  nst-gpu photo.jpg a.jpg b.jpg -o out.jpg --style-blend 3,1 --steps 300

nst-gpu weights --help says how to install, check and convert networks.`;

const CONCLUSION = `Environment
  NST_ADAPTER               as --adapter
  NST_CACHE                 the folder for networks and measurements
  NST_OFFLINE               1 forbids to download networks, as --offline
  NST_DEBUG                 print the stack of errors

Exit codes
  0    done
  1    failed while running: no GPU, out of memory, device lost, loss not finite
  2    wrong usage, bad input, or an output that cannot be written
  130  interrupted by Ctrl-C; the image so far was saved (a second Ctrl-C quits at once)`;

/** The whole help, without a line break at its end. */
export function helpText(): string {
  const sections = Object.entries(GROUPS).map(([title, flags]) => {
    return [title, ...Object.entries<Flag>(flags).map(([name, flag]) => describe(name, flag))].join("\n");
  });
  return [INTRODUCTION, ...sections, CONCLUSION].join("\n\n");
}

function describe(name: string, { short, value, help }: Flag): string {
  const flag = `  ${short === undefined ? "" : `-${short}, `}--${name}${value === undefined ? "" : ` ${value}`}`;
  return `${flag.padEnd(COLUMN)}  ${help}`;
}
