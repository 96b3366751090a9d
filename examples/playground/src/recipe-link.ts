/** Recipes as JSON and as links, whose fragment (RFC 3986, section 3.5) holds the JSON in base64url; no server sees it. */
import { parseRecipe } from "./parse-recipe.ts";
import { type Recipe, RecipeError } from "./recipe.ts";

/** The recipe as JSON to show, copy and keep. */
export function recipeText(recipe: Recipe): string {
  return JSON.stringify(recipe, null, 2);
}

/** A link to the page that brings the recipe along. */
export function recipeLink(recipe: Recipe, page: string): string {
  const bytes = new TextEncoder().encode(JSON.stringify(recipe));
  const base64 = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  const url = new URL(page);
  url.hash = `recipe=${base64.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")}`;
  return url.href;
}

/** The recipe of a link's fragment, or undefined if there is none. Throws RecipeError. */
export function recipeOfFragment(fragment: string): Recipe | undefined {
  const code = /^#recipe=(.*)$/.exec(fragment)?.[1];
  if (code === undefined) return undefined;
  let text: string;
  try {
    const binary = atob(code.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new RecipeError("The recipe in the link is damaged. Copy the whole link again.");
  }
  return parseRecipe(text);
}
