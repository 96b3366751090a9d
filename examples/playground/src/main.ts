/** Puts the parts of the page together. */
import { listAdapters } from "nst-gpu";
import { button, part } from "./dom.ts";
import { fitted, turnedSize, UNEDITED } from "./edit.ts";
import { Engine } from "./engine.ts";
import { showFailure, showNotice } from "./errors.ts";
import { Frame } from "./frame.ts";
import { MissingFiles } from "./missing.ts";
import { Networks } from "./networks.ts";
import { type ChosenStyle, Panel } from "./panel.ts";
import { type Chosen, Pictures } from "./pictures.ts";
import { type Change, type OwnFile, type Recipe, RecipeError, type RecipePicture } from "./recipe.ts";
import { connectRecipeDialog } from "./recipe-dialog.ts";
import { recipeOfFragment } from "./recipe-link.ts";
import { type Prepared, RunControls } from "./run-controls.ts";
import { connectSaving } from "./save.ts";
import { Settings } from "./settings.ts";

type Planned = { changes: readonly Change[]; stopAfter?: number };

const onError = (error: unknown) => showFailure(error as Error);

const engine = new Engine((message) => controls.receive(message));
const pictures = new Pictures(engine);
const frame = new Frame(pictures);
const missing = new MissingFiles();
/** What a loaded recipe does by itself in the next run. */
let planned: Planned = { changes: [] };

const panel = new Panel(pictures, showChosen, onError);
const settings = new Settings((weights) => controls.change(weights));
const networks = new Networks((preset) => settings.usePreset(preset), onError);
const controls = new RunControls(engine, frame, {
  prepare,
  lock(isLocked) {
    panel.lock(isLocked);
    settings.lock(isLocked);
  },
  rewind(order) {
    settings.follow(order.weights);
    plan(order);
  },
  follow: (weights) => settings.follow(weights),
});

connectSaving(
  engine,
  () => controls.picture,
  (sentence) => controls.say(sentence),
  onError,
);
connectRecipeDialog(
  () => controls.recipe ?? recipeNow(),
  (recipe) => load(recipe),
  onError,
);
button("forget").addEventListener("click", () => plan({ changes: [] }));
window.addEventListener("hashchange", openLink);
open();

/** Begins with the link's recipe, or with the pictures of the gallery. */
async function open(): Promise<void> {
  await networks.load().catch((error: Error) => showNotice(error.message));
  await openLink();
  try {
    if (!panel.content) await showExample();
    // Said at once, before any work is put into settings: this rejects with the reason.
    if (!("gpu" in navigator)) await listAdapters();
  } catch (error) {
    onError(error);
  }
}

async function openLink(): Promise<void> {
  try {
    const recipe = recipeOfFragment(location.hash);
    if (recipe) await load(recipe);
  } catch (error) {
    onError(error);
  }
}

async function showExample(): Promise<void> {
  const [content, style] = await Promise.all([pictures.gallery("harbor"), pictures.gallery("swirls")]);
  panel.set({ source: content, edit: UNEDITED }, [{ source: style, edit: UNEDITED, weight: 1 }]);
}

/** The stage shows the content until there is a result. */
function showChosen(): void {
  if (panel.content && !controls.picture && controls.phase === "idle") frame.showContent(panel.content).catch(onError);
}

/** The recipe of the next run. */
function recipeNow(): Recipe {
  const { content, styles } = panel;
  if (!content) throw new Error("There is no content picture. Choose one.");
  if (styles.length === 0) throw new Error("There is no style picture. Choose at least one.");
  return {
    version: 1,
    content: inRecipe(content),
    styles: styles.map((style) => ({ ...inRecipe(style), weight: style.weight })),
    network: networks.origin,
    ...settings.read(),
    ...planned,
    changes: [...planned.changes],
  };
}

function inRecipe({ source, edit }: Chosen): RecipePicture {
  return { picture: source.origin, edit };
}

async function prepare(): Promise<Prepared> {
  // A picture that was chosen just before may still be loading.
  await panel.taking;
  const recipe = recipeNow();
  const content = { ...panel.content! };
  const { preset, size, steps, seed, weights, changes, stopAfter } = recipe;
  plan({ changes: [] });
  return {
    recipe: { ...recipe, changes: [], stopAfter: undefined },
    content,
    order: {
      content: forRun(content),
      styles: panel.styles.map((style) => ({ ...forRun(style), weight: style.weight })),
      network: networks.networkFor(preset),
      preset,
      size,
      steps,
      seed,
      weights,
      changes,
      stopAfter,
    },
  };
}

function forRun({ source, edit }: Chosen) {
  return { name: `The picture "${source.name}"`, file: source.file, edit };
}

/** Sets everything as a recipe says; asks for the files that are not known. */
async function load(recipe: Recipe): Promise<void> {
  try {
    if (controls.phase !== "idle") throw new RecipeError("A run is going on. Stop it, then load the recipe again.");
    if (!(await collect(recipe))) return;
    const content = await chosen(recipe.content);
    const styles: ChosenStyle[] = [];
    for (const style of recipe.styles) styles.push({ ...(await chosen(style)), weight: style.weight });
    networks.set(recipe.network);
    settings.write(recipe);
    controls.recipe = undefined;
    panel.set(content, styles);
    plan(recipe);
    controls.say("The recipe is loaded.");
  } catch (error) {
    onError(error);
  }
}

/** Gets the user's own files; resolves with whether all are there. */
async function collect({ content, styles, network }: Recipe): Promise<boolean> {
  const wanted = new Map<string, OwnFile>();
  for (const { picture } of [content, ...styles]) {
    if (!(await pictures.find(picture)) && "sha256" in picture) wanted.set(picture.sha256, picture);
  }
  if (!networks.has(network)) {
    if (typeof network === "string" || "hosted" in network) {
      throw new RecipeError(
        "The recipe's network is not on this site. Choose another one, or open the recipe where it is.",
      );
    }
    wanted.set(network.sha256, network);
  }
  if (wanted.size === 0) return true;
  return missing.ask([...wanted.values()], async (file, sha256) => {
    const isNetwork = typeof network === "object" && "sha256" in network && network.sha256 === sha256;
    if (isNetwork) await networks.add(file);
    else await pictures.add(file, file.name);
  });
}

async function chosen({ picture, edit = UNEDITED }: RecipePicture): Promise<Chosen> {
  const source = (await pictures.find(picture))!;
  const { crop } = edit;
  if (crop && JSON.stringify(fitted(crop, turnedSize(source, edit))) !== JSON.stringify(crop)) {
    throw new RecipeError(`The recipe's crop does not lie inside of ${source.name}. Correct its numbers.`);
  }
  return { source, edit };
}

/** What the next run does by itself, as a recipe says. */
function plan({ changes, stopAfter }: Planned): void {
  planned = { changes, ...(stopAfter === undefined ? {} : { stopAfter }) };
  const steps = [...new Set(changes.map(({ step }) => step))];
  const changed = steps.length > 0 ? `changes weights after step ${steps.join(", ")}` : "";
  const stopped = stopAfter === undefined ? "" : `stops after step ${stopAfter}`;
  part("planned").hidden = !changed && !stopped;
  part("planned").querySelector("span")!.textContent =
    `The recipe ${[changed, stopped].filter(Boolean).join(" and ")}.`;
}
