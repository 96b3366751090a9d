/** nst-gpu: neural style transfer on WebGPU. What users import, and nothing else. */
export { styleTransfer } from "./nst/style-transfer.ts";
