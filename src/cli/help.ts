/** The text of --help, made from the table of flags. */
import { USAGE } from "./args.ts";
import { type Flag, GROUPS } from "./flags.ts";

const COLUMN = 26;

const INTRODUCTION = `Usage: ${USAGE}

Paints CONTENT in the style of STYLE, on the GPU. CONTENT and STYLE are paths or URLs
of PNG, JPEG, WebP, GIF or BMP images; several STYLEs are blended.

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
  1    failed while running: no GPU, out of memory, device lost, loss not finite,
       or the download of a network that --network or nst-gpu weights names
  2    wrong usage, bad input (also an image that cannot be fetched, or a network that is not
       installed while downloads are forbidden), or an output that cannot be written
  129  interrupted by SIGHUP, as when the terminal closes; the image so far was saved
  130  interrupted by Ctrl-C (SIGINT); likewise (a second Ctrl-C quits at once)
  143  interrupted by SIGTERM; likewise`;

/** The whole help, without a line break at its end. */
export function helpText(): string {
  const sections = Object.entries(GROUPS).map(([title, flags]) => {
    return [title, ...Object.entries<Flag>(flags).map(([name, flag]) => describeFlag(name, flag))].join("\n");
  });
  return [INTRODUCTION, ...sections, CONCLUSION].join("\n\n");
}

/** The line of a flag in a help. */
export function describeFlag(name: string, { short, value, help }: Flag): string {
  const flag = `  ${short === undefined ? "" : `-${short}, `}--${name}${value === undefined ? "" : ` ${value}`}`;
  return `${flag.padEnd(COLUMN)}  ${help}`;
}
