/**
 * The run that every consumer does, in pages, in workers and in Node: two drawn pictures, 32 pixels, three steps. Two views
 * and the first layers of the network will do, as most of the time goes into compiling.
 */
export async function paint(styleTransfer, options) {
  const content = draw((x, y) => (y < 14 ? [110, 150 + 2 * x, 220] : [60 + 3 * x, 90, 50]));
  const style = draw((x, y) => ((x + y) % 12 < 6 ? [200, 50, 40] : [235, 190, 60]));
  const layers = { views: 2, contentLayers: ["relu2_1"], styleLayers: ["relu1_1"] };
  const result = await styleTransfer({ content, style, size: 32, steps: 3, optimizer: "adam", ...layers, ...options });
  return result.image;
}

/** The SHA-256 of the pixels: the same in all consumers, as all run on the same adapter. */
export async function fingerprint(image) {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", Uint8Array.from(image.data)));
  return `${image.width}x${image.height} ${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/** An ImageData of 32x24 pixels; in Node, which has none, an object like it. */
function draw(colorAt) {
  const data = new Uint8ClampedArray(32 * 24 * 4);
  for (let i = 0; i < 32 * 24; i++) data.set([...colorAt(i % 32, Math.floor(i / 32)), 255], 4 * i);
  return globalThis.ImageData ? new ImageData(data, 32, 24) : { width: 32, height: 24, data };
}
