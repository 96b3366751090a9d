/** Paints in a worker when asked to. */
import { styleTransfer } from "nst-gpu";
import { options } from "./options.js";
import { paint } from "./paint.js";

self.onmessage = async () => self.postMessage(await paint(styleTransfer, options));
