/** The dialog with the recipe: shows, copies and loads it. */
import { button, byId, part } from "./dom.ts";
import { parseRecipe } from "./parse-recipe.ts";
import type { Recipe } from "./recipe.ts";
import { recipeLink, recipeText } from "./recipe-link.ts";

/** Connects the dialog. `current` gives the recipe to show; `load` takes one that was pasted. */
export function connectRecipeDialog(
  current: () => Recipe,
  load: (recipe: Recipe) => void,
  onError: (e: unknown) => void,
) {
  const dialog = byId("recipe-dialog", HTMLDialogElement);
  const text = byId("recipe-text", HTMLTextAreaElement);
  const say = (message: string) => {
    part("recipe-message").textContent = message;
  };
  const copy = async (content: () => string, what: string) => {
    try {
      await navigator.clipboard.writeText(content());
      say(`${what} copied.`);
    } catch (error) {
      say(
        (error as Error).name === "RecipeError"
          ? (error as Error).message
          : "Copying is not allowed here. Select the text and copy it.",
      );
    }
  };
  button("recipe").addEventListener("click", () => {
    try {
      text.value = recipeText(current());
      say("");
      dialog.showModal();
      text.setSelectionRange(0, 0);
      text.scrollTop = 0;
    } catch (error) {
      onError(error);
    }
  });
  button("copy-recipe").addEventListener("click", () => copy(() => text.value, "Recipe"));
  button("copy-link").addEventListener("click", () =>
    copy(() => recipeLink(parseRecipe(text.value), location.href), "Link"),
  );
  button("load-recipe").addEventListener("click", () => {
    try {
      const recipe = parseRecipe(text.value);
      dialog.close();
      load(recipe);
    } catch (error) {
      say((error as Error).message);
    }
  });
}
