/** Reads a recipe that anybody may have written: every value is checked before the page acts on it. */
import type { Edit, Rectangle } from "./edit.ts";
import {
  type Change,
  type NetworkOrigin,
  type OwnFile,
  type PictureOrigin,
  type Recipe,
  RecipeError,
  type RecipePicture,
  type Weights,
} from "./recipe.ts";

type Fields = Readonly<Record<string, unknown>>;

const LONGEST_SIDE = 16384;

/** The recipe of a text. Throws RecipeError, which names the first value that is wrong. */
export function parseRecipe(text: string): Recipe {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new RecipeError("This text is no recipe. Paste the whole JSON of a recipe.");
  }
  const recipe = fields(value, "recipe");
  if (recipe.version !== 1) refuse("version", recipe.version, "1; a newer page may read it");
  const parsed: Recipe = {
    version: 1,
    content: picture(recipe.content, "content"),
    styles: list(recipe.styles, "styles").map((style, index) => {
      const name = `styles[${index}]`;
      return { ...picture(style, name), weight: number(fields(style, name).weight, `${name}.weight`, 0, 1e6) };
    }),
    network: network(recipe.network),
    preset: word(recipe.preset, "preset") as Recipe["preset"],
    size: whole(recipe.size, "size", 16, LONGEST_SIDE),
    steps: whole(recipe.steps, "steps", 1, 1e6),
    seed: whole(recipe.seed, "seed", 0, 2 ** 32 - 1),
    weights: allWeights(recipe.weights),
    changes: list(recipe.changes, "changes").map(change),
  };
  if (parsed.styles.length === 0) refuse("styles", [], "a list of at least one style");
  if (recipe.stopAfter !== undefined) parsed.stopAfter = whole(recipe.stopAfter, "stopAfter", 1, 1e9);
  return parsed;
}

function picture(value: unknown, name: string): RecipePicture {
  const { picture, edit } = fields(value, name);
  return { picture: pictureOrigin(picture, `${name}.picture`), ...(edit ? { edit: parsedEdit(edit, name) } : {}) };
}

function pictureOrigin(value: unknown, name: string): PictureOrigin {
  const { bundled } = fields(value, name);
  return bundled === undefined ? ownFile(value, name) : { bundled: word(bundled, `${name}.bundled`) };
}

function network(value: unknown): NetworkOrigin {
  if (value === "embedded") return value;
  const { hosted } = fields(value, "network");
  return hosted === undefined ? ownFile(value, "network") : { hosted: word(hosted, "network.hosted") };
}

function ownFile(value: unknown, name: string): OwnFile {
  const file = fields(value, name);
  const sha256 = word(file.sha256, `${name}.sha256`);
  if (!/^[0-9a-f]{64}$/.test(sha256)) refuse(`${name}.sha256`, sha256, "64 hexadecimal digits");
  return {
    name: word(file.name, `${name}.name`),
    bytes: whole(file.bytes, `${name}.bytes`, 1, Number.MAX_SAFE_INTEGER),
    sha256,
  };
}

function parsedEdit(value: unknown, name: string): Edit {
  const { turns, crop } = fields(value, `${name}.edit`);
  const edit: Edit = { turns: whole(turns, `${name}.edit.turns`, 0, 3) };
  if (crop !== undefined) edit.crop = rectangle(crop, `${name}.edit.crop`);
  return edit;
}

function rectangle(value: unknown, name: string): Rectangle {
  const { x, y, width, height } = fields(value, name);
  return {
    x: whole(x, `${name}.x`, 0, LONGEST_SIDE),
    y: whole(y, `${name}.y`, 0, LONGEST_SIDE),
    width: whole(width, `${name}.width`, 1, LONGEST_SIDE),
    height: whole(height, `${name}.height`, 1, LONGEST_SIDE),
  };
}

function allWeights(value: unknown): Weights {
  const given = someWeights(value, "weights");
  for (const name of ["contentWeight", "styleWeight", "tvWeight"] as const) {
    if (given[name] === undefined) refuse(`weights.${name}`, undefined, "a number");
  }
  return given as Weights;
}

function change(value: unknown, index: number): Change {
  const name = `changes[${index}]`;
  return { step: whole(fields(value, name).step, `${name}.step`, 1, 1e9), ...someWeights(value, name) };
}

function someWeights(value: unknown, name: string): Partial<Weights> {
  const given = fields(value, name);
  const weights: Partial<Weights> = {};
  for (const key of ["contentWeight", "styleWeight", "tvWeight", "learningRate"] as const) {
    if (given[key] !== undefined) weights[key] = number(given[key], `${name}.${key}`, 0, 1e30);
  }
  return weights;
}

function fields(value: unknown, name: string): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  return refuse(name, value, "an object");
}

function list(value: unknown, name: string): readonly unknown[] {
  return Array.isArray(value) ? value : refuse(name, value, "a list");
}

function word(value: unknown, name: string): string {
  return typeof value === "string" && value !== "" ? value : refuse(name, value, "a text");
}

function number(value: unknown, name: string, least: number, most: number): number {
  const fits = typeof value === "number" && value >= least && value <= most;
  return fits ? value : refuse(name, value, `a number from ${least} to ${most}`);
}

function whole(value: unknown, name: string, least: number, most: number): number {
  return Number.isInteger(value) ? number(value, name, least, most) : refuse(name, value, "a whole number");
}

function refuse(name: string, value: unknown, wanted: string): never {
  const shown = value === undefined ? "missing" : JSON.stringify(value)?.slice(0, 60);
  throw new RecipeError(
    `In the recipe, ${name} is ${shown} where ${wanted} is expected. Correct it, or copy it again.`,
  );
}
