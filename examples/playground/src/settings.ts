/** The sections Weights and Run. The numbers are kept here; the sliders show them as factors of the preset's. */
import { type PresetName, presets } from "nst-gpu";
import { button, byId, input, make } from "./dom.ts";
import type { Recipe, Weights } from "./recipe.ts";

/** What the fields of a run hold. */
export type RunSettings = Pick<Recipe, "preset" | "size" | "steps" | "seed" | "weights">;

const SLIDERS = ["contentWeight", "styleWeight", "tvWeight", "learningRate"] as const;

const PRESET_TITLES: Readonly<Record<PresetName, string>> = {
  slim: "slim (embedded)",
  gatys: "gatys (2016 paper)",
  johnson: "johnson (neural-style)",
  crowson: "crowson (VGG19)",
  tutorial: "tutorial (descent)",
};

export class Settings {
  private readonly fields = byId("run-settings", HTMLFieldSetElement);
  private readonly preset = byId("preset", HTMLSelectElement);
  private weights!: Weights;

  constructor(
    /** Called with the weights that the user moves. */
    private readonly onWeights: (weights: Partial<Weights>) => void,
  ) {
    for (const name of Object.keys(presets) as PresetName[]) {
      this.preset.append(make("option", { value: name }, PRESET_TITLES[name] ?? name));
    }
    this.usePreset("slim");
    this.preset.addEventListener("change", () => this.usePreset(this.preset.value as PresetName));
    for (const name of SLIDERS) input(name).addEventListener("input", () => this.slide(name));
    button("reset-weights").addEventListener("click", () => {
      this.weights = weightsOf(this.preset.value as PresetName);
      this.showWeights();
      this.onWeights(this.weights);
    });
  }

  /** All fields. Throws where one is not valid; the field gets the focus. */
  read(): RunSettings {
    for (const field of this.fields.querySelectorAll("input")) {
      if (field.checkValidity()) continue;
      field.focus();
      const name = field.labels?.[0]?.textContent ?? field.id;
      throw new Error(`${name}: give a whole number from ${field.min} to ${field.max}.`);
    }
    return {
      preset: this.preset.value as PresetName,
      size: input("size").valueAsNumber,
      steps: input("steps").valueAsNumber,
      seed: input("seed").valueAsNumber,
      weights: { ...this.weights },
    };
  }

  /** Takes what a recipe says. */
  write({ preset, size, steps, seed, weights }: RunSettings): void {
    if (!(preset in presets))
      throw new Error(`There is no preset "${preset}". Use one of ${Object.keys(presets).join(", ")}.`);
    this.preset.value = preset;
    input("size").value = String(size);
    input("steps").value = String(steps);
    input("seed").value = String(seed);
    this.weights = { ...weights };
    this.showWeights();
  }

  /** Chooses a preset with its weights and steps. */
  usePreset(preset: PresetName): void {
    this.preset.value = preset;
    input("steps").value = String(presets[preset].steps);
    this.weights = weightsOf(preset);
    this.showWeights();
  }

  /** Shows weights that a recipe changed by itself. */
  follow(weights: Partial<Weights>): void {
    this.weights = { ...this.weights, ...weights };
    this.showWeights();
  }

  /** Everything but the weights is fixed while a run uses it. */
  lock(isLocked: boolean): void {
    this.fields.disabled = isLocked;
    input("network-file").disabled = isLocked;
  }

  private slide(name: (typeof SLIDERS)[number]): void {
    const exponent = input(name).valueAsNumber;
    const base = weightsOf(this.preset.value as PresetName)[name]!;
    this.weights[name] = exponent === 0 ? base : Number((base * 10 ** exponent).toPrecision(4));
    this.showWeights();
    this.onWeights({ [name]: this.weights[name] });
  }

  private showWeights(): void {
    const base = weightsOf(this.preset.value as PresetName);
    for (const name of SLIDERS) {
      const [slider, value] = [input(name), this.weights[name]];
      const factor = base[name] && value !== undefined ? value / base[name] : undefined;
      slider.disabled = factor === undefined;
      const position = String(Math.round(20 * Math.log10(factor ?? 1)) / 20);
      if (Number(slider.value) !== Number(position)) slider.value = position;
      const text = factor === undefined ? "not in this preset" : `× ${Number(factor.toPrecision(2))}`;
      slider.setAttribute("aria-valuetext", text);
      slider.parentElement!.querySelector(`output[for=${name}]`)!.textContent = factor === undefined ? "–" : text;
    }
  }
}

/** The preset's own weights. Plain gradient descent finds its rate by itself. */
function weightsOf(preset: PresetName): Weights {
  const { contentWeight, styleWeight, tvWeight, optimizer } = presets[preset];
  const weights: Weights = { contentWeight, styleWeight, tvWeight };
  const learningRate = optimizer.learningRate ?? (optimizer.kind === "lbfgs" ? 1 : undefined);
  return learningRate === undefined ? weights : { ...weights, learningRate };
}
