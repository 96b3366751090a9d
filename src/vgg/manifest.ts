/** The networks that are known by name, from weights/manifest.json: where their files lie, and how to tell that they are right. */
import manifest from "../../weights/manifest.json";
import { InvalidOptionError } from "../errors.ts";
import { nearest } from "../nearest.ts";

/** A hash of a whole file in lower-case hexadecimal digits; of `sha256Prefix` only the first digits are known. */
export interface KnownHash {
  sha256?: string;
  sha256Prefix?: string;
  md5?: string;
}

/** One network of the manifest; weights/manifest.schema.json explains the fields. */
export interface KnownNetwork {
  name: string;
  architecture: string;
  urls: readonly string[];
  bytes: number;
  hash: KnownHash;
  format: string;
  preprocessing: string;
  licence?: string;
  citation: string;
}

/** All of them, in the order of the manifest. */
export const KNOWN_NETWORKS: readonly KnownNetwork[] = manifest.networks;

/**
 * The network of a name.
 *
 * @throws InvalidOptionError if there is none; the message suggests the nearest name.
 * @example
 * knownNetwork("vgg19").bytes; // 80134624
 */
export function knownNetwork(name: string): KnownNetwork {
  const found = KNOWN_NETWORKS.find((known) => known.name === name);
  if (found !== undefined) return found;
  const names = ["slim", ...KNOWN_NETWORKS.map((known) => known.name)];
  if (name === "slim") {
    throw new InvalidOptionError(
      `"slim" is in this package, and nothing to install. Leave it out, or give one of ${names.slice(1).join(", ")}.`,
    );
  }
  const suggestion = nearest(name, names);
  throw new InvalidOptionError(
    `${JSON.stringify(name)} is no network. ${suggestion === undefined ? "" : `Did you mean "${suggestion}"? `}` +
      `Give one of ${names.join(", ")}, or a weight file, such as "./vgg19.safetensors".`,
  );
}

/** The name under which the file of a network is kept: the one that it has at its source. */
export function fileNameOf({ urls }: Pick<KnownNetwork, "urls">): string {
  return urls[0].slice(urls[0].lastIndexOf("/") + 1);
}

/** `"sha256"` or `"md5"`, and the digits with which the hash has to begin. */
export function expectedHash({ hash }: Pick<KnownNetwork, "hash">): { algorithm: "sha256" | "md5"; digits: string } {
  if (hash.md5 !== undefined) return { algorithm: "md5", digits: hash.md5 };
  return { algorithm: "sha256", digits: hash.sha256 ?? hash.sha256Prefix ?? "" };
}

/** Megabytes for reading: `"80 MB"`, `"0.7 MB"`. */
export function megabytes(bytes: number): string {
  return `${bytes < 9.95e6 ? (bytes / 1e6).toFixed(1) : Math.round(bytes / 1e6)} MB`;
}
