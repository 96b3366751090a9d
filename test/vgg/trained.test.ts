/** The network trained for this project is the file that its model card describes, and works with what that recommends. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { openNetworkWeights, styleTransfer } from "../../src/index.ts";
import { testDevice } from "../engine.ts";

const folder = new URL("../../weights/", import.meta.url);
const CONVOLUTIONS = ["1_1", "1_2", "2_1", "2_2", "3_1", "3_2", "3_3", "3_4", "4_1", "4_2"];

describe("the embedded network", () => {
  const name = "vgg19-slim-conv4_2-f16.safetensors";
  const widths = [16, 32, 64, 128];
  const read = () => readFile(new URL(name, folder));

  it("has the size and the hash that the model card says", async () => {
    const bytes = await read();
    const card = await readFile(new URL("README.md", folder), "utf8");
    const row = card.slice(card.indexOf(`\`${name}\``)).split("\n| contents")[0];
    expect(row).toContain(`${bytes.length.toLocaleString("en-US")} bytes`);
    expect(row).toContain(`\`${createHash("sha256").update(bytes).digest("hex")}\``);
  });

  it("has the ten convolutions to conv4_2, of those widths, with numbers that are finite", async () => {
    const weights = await openNetworkWeights(new Uint8Array(await read()));
    expect(weights.layers).toEqual(CONVOLUTIONS.map((each) => `conv${each}`));
    for (const [convolution, channels] of Object.entries(weights.channels)) {
      expect(channels).toBe(widths[Number(convolution[4]) - 1]);
    }
    for (const each of CONVOLUTIONS) {
      const { weight, bias } = await weights.convolution(`conv${each}`);
      expect(weight.every(Number.isFinite) && bias.every(Number.isFinite)).toBe(true);
    }
  });

  it("is used with the settings of the preset slim, and lowers the loss", async () => {
    const device = await testDevice();
    const picture = (period: number) => ({
      width: 32,
      height: 24,
      data: Uint8Array.from({ length: 32 * 24 * 4 }, (_, i) => (i % 4 === 3 ? 255 : (i * period) % 256)),
    });
    const { losses, preset } = await styleTransfer({
      content: picture(7),
      style: picture(13),
      network: new Uint8Array(await read()),
      size: 32,
      steps: 5,
      views: 1,
      device: device.gpu,
    });
    expect(preset).toBe("slim");
    expect(losses.at(-1)!.total).toBeLessThan(losses[0].total);
  });
});
