/**
 * The networks of the manifest on this machine: found where they are kept, downloaded at first use, checked and deleted.
 * Nothing here is loaded before a network is asked for by its name.
 */
import { digestOf, environment, listKept, lock, openKept, openPart, type Part, placeOf, removeKept } from "#store";
import { DownloadError, WeightsError } from "../errors.ts";
import { download, PATIENCE, type Patience } from "./download.ts";
import type { OpenOptions, RandomAccess } from "./files.ts";
import { expectedHash, fileNameOf, KNOWN_NETWORKS, type KnownNetwork, knownNetwork, megabytes } from "./manifest.ts";

/** How a network is installed. */
export type InstallOptions = Pick<OpenOptions, "signal" | "offline" | "onDownload">;

/** A network of the manifest, and what is here of it. */
export interface InstalledState {
  network: KnownNetwork;
  installed: boolean;
  /** Where the file lies or would lie. */
  place: string;
  /** Bytes of a download that has not ended. */
  partial: number;
}

/** An open file, and what the manifest says of it, in the terms of a weight file's metadata. */
export interface NamedFile {
  file: RandomAccess;
  metadata: Record<string, string>;
}

/**
 * Opens the file of a network by its name, after downloading it if it is not here.
 *
 * @throws InvalidOptionError if the manifest has no such network.
 * @throws DownloadError as {@link install} does.
 */
export async function openNamed(name: string, options: InstallOptions = {}): Promise<NamedFile> {
  const network = knownNetwork(name);
  const { architecture, preprocessing } = network;
  return { file: await install(network, options), metadata: { architecture, preprocessing } };
}

/** What is here of each network of the manifest. */
export async function installedNetworks(): Promise<InstalledState[]> {
  const kept = new Map((await listKept()).map(({ name, bytes }) => [name, bytes]));
  return KNOWN_NETWORKS.map((network) => {
    const file = fileNameOf(network);
    const installed = kept.get(file) === network.bytes;
    return { network, installed, place: placeOf(file), partial: kept.get(`${file}.part`) ?? 0 };
  });
}

/**
 * Opens a network's file. If it is not here, it is downloaded: from the first address that has it, continuing an earlier
 * attempt, by one process at a time; it is kept only if its size and hash are right. `NST_WEIGHTS_URL` names a folder to take it
 * from instead.
 *
 * @throws DownloadError if it cannot be downloaded, or must not be (`offline`, `NST_OFFLINE`); the error of the last address.
 */
export async function install(
  network: KnownNetwork,
  { signal, offline, onDownload }: InstallOptions = {},
  patience: Patience = PATIENCE,
): Promise<RandomAccess> {
  const found = await openComplete(network);
  if (found !== undefined) return found;
  if (offline || environment().offline) throw offlineError(network);
  const file = fileNameOf(network);
  const { name, bytes: total } = network;
  const unlock = await lock(file, signal, async () => {
    const part = (await listKept()).find((kept) => kept.name === `${file}.part`);
    onDownload?.({ name, bytes: part?.bytes ?? 0, total, bytesPerSecond: 0, secondsLeft: Number.POSITIVE_INFINITY });
  });
  try {
    const foundNow = await openComplete(network);
    if (foundNow !== undefined) return foundNow;
    const part = await openPart(file, network.bytes, expectedHash(network).algorithm);
    try {
      await fill(part, network, { signal, onDownload }, patience);
      await part.commit();
    } finally {
      await part.close();
    }
  } finally {
    await unlock();
  }
  return (await openComplete(network))!;
}

/** Whether the file of an installed network has the hash of the manifest. */
export async function verify(network: KnownNetwork): Promise<boolean> {
  const { algorithm, digits } = expectedHash(network);
  return (await digestOf(fileNameOf(network), algorithm)).startsWith(digits);
}

/** Deletes a network's file and what is left of its downloads. Gives the bytes that were freed. */
export async function uninstall(network: KnownNetwork): Promise<number> {
  const file = fileNameOf(network);
  const own = (await listKept()).filter(({ name }) => name === file || name === `${file}.part`);
  for (const { name } of own) await removeKept(name);
  return own.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Only files of the right size count: nothing but this module writes them, after the hash was checked. */
async function openComplete(network: KnownNetwork): Promise<RandomAccess | undefined> {
  const file = await openKept(fileNameOf(network));
  if (file === undefined || file.size === network.bytes) return file;
  await file.close();
  throw new WeightsError(
    `${file.name} has ${file.size} bytes instead of ${network.bytes}. Delete it by: nst-gpu weights clear ${network.name}`,
  );
}

/** Tries one address after the other. */
async function fill(part: Part, network: KnownNetwork, options: InstallOptions, patience: Patience): Promise<void> {
  const { mirror } = environment();
  const urls = mirror === undefined ? network.urls : [`${mirror.replace(/\/+$/, "")}/${fileNameOf(network)}`];
  let failure: unknown;
  for (const url of urls) {
    try {
      return await fillFrom(url, part, network, options, patience);
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!(error instanceof DownloadError) || error.reason === "space") throw error;
      failure = error;
    }
  }
  throw failure;
}

async function fillFrom(
  url: string,
  part: Part,
  { name, bytes, ...network }: KnownNetwork,
  options: InstallOptions,
  patience: Patience,
): Promise<void> {
  const { algorithm, digits } = expectedHash(network);
  for (let resumed = part.size > 0; ; resumed = false) {
    await download({ name, url, bytes, ...options }, part, patience);
    const digest = await part.digest();
    if (digest.startsWith(digits)) return;
    await part.restart();
    // Its beginning may have been damaged long ago.
    if (resumed) continue;
    throw new DownloadError(
      `${url} is not the file that nst-gpu knows: its ${algorithm.toUpperCase()} is ${digest} instead of ${digits}` +
        `${digits.length < digest.length ? "..." : ""}. It was deleted. Try again later, or pass the path of a file that you trust.`,
      "hash",
    );
  }
}

function offlineError({ name, bytes }: KnownNetwork): DownloadError {
  const size = megabytes(bytes);
  return new DownloadError(
    `${name} is not installed, and downloads are forbidden ("offline", NST_OFFLINE). ` +
      `Allow them once (${size}) with nst-gpu weights install ${name}, NST_OFFLINE unset; or use "slim", the embedded network.`,
    "offline",
  );
}
