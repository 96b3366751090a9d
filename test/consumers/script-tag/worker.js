/** Paints in a worker when asked to. Import maps do not hold in workers. */
import { styleTransfer } from "./node_modules/nst-gpu/dist/browser/index.js";
import { options } from "./options.js";
import { paint } from "./paint.js";

self.onmessage = async () => self.postMessage(await paint(styleTransfer, options));
