/** Asks the same in a worker. */
import { changesOfGlobals } from "./globals.js";

self.onmessage = async ({ data: library }) => self.postMessage(await changesOfGlobals(library));
