/** Weights in 8 bits, as safetensors hold them: signed integers with a factor for each output, or places in a palette. */

/** Reads another tensor of the file, or gives undefined where there is none of plain numbers. */
type Beside = (name: string) => Promise<Float32Array> | undefined;

/**
 * I8: `value = integer * scale[output]`, with the factors in `STEM.scale`.
 *
 * @param shape outputs first
 * @param stem the tensor's name without its last part
 * @throws Error without file and tensor in its message, which the caller adds.
 */
export async function expandScaled(
  bytes: Uint8Array,
  shape: readonly number[],
  stem: string,
  beside: Beside,
): Promise<Float32Array> {
  const scale = await beside(`${stem}.scale`);
  if (scale?.length !== shape[0])
    throw new Error(`${stem}.scale has not one factor for each of its ${shape[0]} outputs`);
  const integers = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  const perOutput = integers.length / scale.length;
  const values = new Float32Array(integers.length);
  for (let i = 0; i < values.length; i++) values[i] = integers[i] * scale[Math.floor(i / perOutput)];
  return values;
}

/** U8: `value = palette[index]`, of `STEM.palette`. Throws as {@link expandScaled} does. */
export async function expandPalette(
  bytes: Uint8Array,
  _shape: readonly number[],
  stem: string,
  beside: Beside,
): Promise<Float32Array> {
  const palette = await beside(`${stem}.palette`);
  const largest = bytes.reduce((most, index) => Math.max(most, index), 0);
  if (palette === undefined || largest >= palette.length) {
    throw new Error(`${stem}.palette has ${palette?.length ?? 0} values, too few for the index ${largest}`);
  }
  return Float32Array.from(bytes, (index) => palette[index]);
}
