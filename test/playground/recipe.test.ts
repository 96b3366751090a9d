/** Recipes and edits of the playground, without a page. */
import { describe, expect, it } from "vitest";
import { applyEdit, type Edit, editedSize, fitted, keptPart, turnedOnce } from "../../examples/playground/src/edit.ts";
import { parseRecipe } from "../../examples/playground/src/parse-recipe.ts";
import { type Recipe, RecipeError } from "../../examples/playground/src/recipe.ts";
import { recipeLink, recipeOfFragment, recipeText } from "../../examples/playground/src/recipe-link.ts";

const RECIPE: Recipe = {
  version: 1,
  content: {
    picture: { name: "Café ☕.png", bytes: 12, sha256: "0a".repeat(32) },
    edit: { turns: 3, crop: { x: 1, y: 2, width: 3, height: 4 } },
  },
  styles: [
    { picture: { bundled: "swirls" }, weight: 1 },
    { picture: { bundled: "embers" }, edit: { turns: 0 }, weight: 0.25 },
  ],
  network: { hosted: "vgg19.safetensors" },
  preset: "crowson",
  size: 512,
  steps: 100,
  seed: 2 ** 32 - 1,
  weights: { contentWeight: 0.015, styleWeight: 1, tvWeight: 2 / 255 ** 2, learningRate: 5.1 },
  changes: [{ step: 7, styleWeight: 3, learningRate: 1 }],
  stopAfter: 42,
};

describe("a recipe", () => {
  it("is the same after JSON and after a link", () => {
    expect(parseRecipe(recipeText(RECIPE))).toEqual(RECIPE);
    const link = new URL(recipeLink(RECIPE, "https://example.org/some/path/?a=b#old"));
    expect(link.href.startsWith("https://example.org/some/path/?a=b#recipe=")).toBe(true);
    expect(link.hash).toMatch(/^#recipe=[\w-]+$/);
    expect(recipeOfFragment(link.hash)).toEqual(RECIPE);
  });

  it("is not in other fragments", () => {
    expect(recipeOfFragment("")).toBeUndefined();
    expect(recipeOfFragment("#chapter")).toBeUndefined();
  });

  it.each([
    ["{", /no recipe\. Paste/],
    ["[]", /recipe is \[\] where an object is expected/],
    [{ version: 2 }, /version is 2 where 1/],
    [{ styles: [] }, /styles is \[\] where a list of at least one style/],
    [{ content: {} }, /content\.picture is missing where an object/],
    [{ content: { picture: { name: "a", bytes: 1, sha256: "xyz" } } }, /content\.picture\.sha256 is "xyz" where 64/],
    [
      { content: { picture: { bundled: "a" }, edit: { turns: 4 } } },
      /content\.edit\.turns is 4 where a number from 0 to 3/,
    ],
    [{ size: 1e5 }, /size is 100000 where a number from 16 to 16384/],
    [{ seed: 0.5 }, /seed is 0\.5 where a whole number/],
    [{ weights: { contentWeight: 1, styleWeight: 1 } }, /weights\.tvWeight is missing where a number/],
    [{ changes: [{ step: 1, styleWeight: "much" }] }, /changes\[0\]\.styleWeight is "much" where a number/],
    [{ network: "other" }, /network is "other" where an object/],
  ])("is refused where it is wrong: %j", (wrong, message) => {
    const text = typeof wrong === "string" ? wrong : JSON.stringify({ ...RECIPE, ...wrong });
    expect(() => parseRecipe(text)).toThrow(RecipeError);
    expect(() => parseRecipe(text)).toThrow(message);
  });

  it.each(["#recipe=", "#recipe=%%%", "#recipe=_w"])("is refused in a damaged link: %s", (fragment) => {
    expect(() => recipeOfFragment(fragment)).toThrow(RecipeError);
  });
});

describe("an edit", () => {
  // Each pixel is its number, so that its way can be followed: 0 1 2 / 3 4 5.
  const picture = { width: 3, height: 2, data: new Uint8ClampedArray(Uint32Array.of(0, 1, 2, 3, 4, 5).buffer) };
  const numbers = (edit: Edit) => {
    const { width, height, data } = applyEdit(picture, edit);
    expect(editedSize(picture, edit)).toEqual({ width, height });
    return [width, ...new Uint32Array(data.slice().buffer)];
  };

  it("turns clockwise", () => {
    expect(numbers({ turns: 0 })).toEqual([3, 0, 1, 2, 3, 4, 5]);
    expect(numbers({ turns: 1 })).toEqual([2, 3, 0, 4, 1, 5, 2]);
    expect(numbers({ turns: 2 })).toEqual([3, 5, 4, 3, 2, 1, 0]);
    expect(numbers({ turns: 3 })).toEqual([2, 2, 5, 1, 4, 0, 3]);
  });

  it("crops what is turned", () => {
    expect(numbers({ turns: 0, crop: { x: 1, y: 0, width: 2, height: 1 } })).toEqual([2, 1, 2]);
    expect(numbers({ turns: 1, crop: { x: 1, y: 0, width: 1, height: 2 } })).toEqual([1, 0, 1]);
    expect(numbers({ turns: 2, crop: { x: 0, y: 1, width: 2, height: 1 } })).toEqual([2, 2, 1]);
    expect(numbers({ turns: 3, crop: { x: 0, y: 1, width: 2, height: 2 } })).toEqual([2, 1, 4, 0, 3]);
  });

  it("keeps its part when it is turned further, and is the old one after four turns", () => {
    let edit: Edit = { turns: 0, crop: { x: 1, y: 0, width: 2, height: 1 } };
    const kept = keptPart(picture, edit);
    for (let turn = 0; turn < 4; turn++) {
      edit = turnedOnce(picture, edit);
      expect(keptPart(picture, edit)).toEqual(kept);
    }
    expect(edit).toEqual({ turns: 0, crop: kept });
  });

  it("stays inside of the picture", () => {
    expect(fitted({ x: -5, y: 1.4, width: 100, height: 0 }, picture)).toEqual({ x: 0, y: 1, width: 3, height: 1 });
    expect(fitted({ x: 9, y: 9, width: 9, height: 9 }, picture)).toEqual({ x: 2, y: 1, width: 1, height: 1 });
  });
});
