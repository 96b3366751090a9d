/** The choice of the network: the embedded one, those of the site's list, or a weight file from this computer. */
import type { StyleTransferOptions } from "nst-gpu";
import { byId, make, onFiles, part } from "./dom.ts";
import { describe } from "./pictures.ts";
import type { RunNetwork } from "./protocol.ts";
import type { NetworkOrigin, OwnFile } from "./recipe.ts";

/** An entry of networks.json, which lies beside index.html. */
export interface HostedNetwork {
  name: string;
  /** Relative to networks.json. */
  file: string;
  bytes: number;
  /** Such as contentLayers, styleLayers and preset. */
  options?: Partial<StyleTransferOptions>;
}

/** One that can be chosen. */
interface Entry {
  origin: NetworkOrigin;
  title: string;
  note: string;
  network: RunNetwork;
}

/** The embedded network ends at relu4_2: presets that name relu5_1 get the four layers before it. */
const EMBEDDED_LAYERS = ["relu1_1", "relu2_1", "relu3_1", "relu4_1"];

export class Networks {
  private readonly select = byId("network", HTMLSelectElement);
  private readonly entries: Entry[] = [
    {
      origin: "embedded",
      title: "Embedded small VGG19",
      note: "Part of this page: nothing is downloaded.",
      network: { source: "embedded" },
    },
  ];

  constructor(
    /** Called with the preset that suits the network that was chosen. */
    private readonly onChange: (preset: NonNullable<StyleTransferOptions["preset"]>) => void,
    private readonly onError: (error: unknown) => void,
  ) {
    this.show(0);
    this.select.addEventListener("change", () => this.choose(this.select.selectedIndex));
    onFiles("network-file", ([file]) => this.add(file).catch(this.onError));
  }

  /** Reads the site's list. */
  async load(): Promise<void> {
    const response = await fetch("networks.json").catch(() => undefined);
    const list: unknown = await response?.json().catch(() => undefined);
    if (!response?.ok || !Array.isArray(list) || !list.every(isHosted)) {
      throw new Error(
        "networks.json cannot be read. Correct it as README.md says; the embedded network works without it.",
      );
    }
    for (const { name, file, bytes, options } of list) {
      const url = new URL(file, document.baseURI).href;
      this.entries.push({
        origin: { hosted: file },
        title: `${name} (${megabytes(bytes)} download)`,
        note: `${megabytes(bytes)} are downloaded when the run starts.`,
        network: { source: { url, name, bytes }, options },
      });
    }
    this.show(this.select.selectedIndex);
  }

  /** Takes a weight file of the user, and chooses it. */
  async add(file: File): Promise<OwnFile> {
    const origin = await describe(file, file.name);
    const note = `${megabytes(file.size)} from this computer. It is read, never sent.`;
    this.entries.push({ origin, title: file.name, note, network: { source: file } });
    this.choose(this.entries.length - 1);
    return origin;
  }

  get origin(): NetworkOrigin {
    return this.entries[this.select.selectedIndex].origin;
  }

  /** What a run needs, given its preset. */
  networkFor(preset: string): RunNetwork {
    const { network } = this.entries[this.select.selectedIndex];
    if (network.source !== "embedded" || preset === "slim") return network;
    return { ...network, options: { styleLayers: EMBEDDED_LAYERS } };
  }

  /** Whether what a recipe names is known. */
  has(origin: NetworkOrigin): boolean {
    return this.find(origin) >= 0;
  }

  /** Chooses what a recipe names, and leaves the preset to the recipe. */
  set(origin: NetworkOrigin): void {
    this.show(this.find(origin));
  }

  private find(origin: NetworkOrigin): number {
    return this.entries.findIndex((entry) => keyOf(entry.origin) === keyOf(origin));
  }

  private choose(index: number): void {
    this.show(index);
    const { source, options } = this.entries[index].network;
    this.onChange(options?.preset ?? (source === "embedded" ? "slim" : "crowson"));
  }

  private show(index: number): void {
    this.select.replaceChildren(...this.entries.map(({ title }) => make("option", {}, title)));
    this.select.selectedIndex = index;
    part("network-note").textContent = this.entries[index].note;
  }
}

/** Bytes in words, in units of 10^6. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 10e6 ? 1 : 0)} MB`;
}

function keyOf(origin: NetworkOrigin): string {
  if (origin === "embedded") return origin;
  return "hosted" in origin ? `hosted ${origin.hosted}` : origin.sha256;
}

function isHosted(value: unknown): value is HostedNetwork {
  const { name, file, bytes } = (value ?? {}) as Partial<HostedNetwork>;
  return typeof name === "string" && typeof file === "string" && Number.isInteger(bytes) && bytes! > 0;
}
