/** esbuild leaves `import.meta.url` alone: its loader `file` copies the network, and this line says where it lies. */
import weights from "nst-gpu/weights/vgg19-slim-conv4_2-f16.safetensors";

export const options = { network: new URL(weights, import.meta.url) };
