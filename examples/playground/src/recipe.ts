/**
 * A recipe: all that decides a run, as JSON and as a link. Bundled pictures are named; pictures and weight files of the user are
 * named with their SHA-256 and size, and asked for when the recipe is opened where they are not known. It is read by
 * parse-recipe.ts and becomes a link in recipe-link.ts.
 */
import type { PresetName } from "nst-gpu";
import type { Edit } from "./edit.ts";

/** A file of the user. */
export interface OwnFile {
  name: string;
  bytes: number;
  /** Of the file, 64 hexadecimal digits. */
  sha256: string;
}

/** Where a picture comes from: the gallery, or a file of the user. */
export type PictureOrigin = { bundled: string } | OwnFile;

/** A picture of a recipe. */
export interface RecipePicture {
  picture: PictureOrigin;
  edit?: Edit;
}

/** The embedded network, one of the site's list by its file name, or a weight file of the user. */
export type NetworkOrigin = "embedded" | { hosted: string } | OwnFile;

/** The weights that sliders change, before and during a run. Names and units are those of StyleTransferOptions. */
export interface Weights {
  contentWeight: number;
  styleWeight: number;
  tvWeight: number;
  /** Of the preset's optimiser; absent where that finds its own. */
  learningRate?: number;
}

/** What was changed during a run: it holds from the step after `step` on. */
export interface Change extends Partial<Weights> {
  step: number;
}

/** All that decides a run. */
export interface Recipe {
  version: 1;
  content: RecipePicture;
  styles: (RecipePicture & { weight: number })[];
  network: NetworkOrigin;
  preset: PresetName;
  size: number;
  steps: number;
  seed: number;
  weights: Weights;
  changes: Change[];
  /** The step at which the run was stopped, if it was. */
  stopAfter?: number;
}

/** A recipe that cannot be read. The message says what to do. */
export class RecipeError extends Error {
  override name = "RecipeError";
}
