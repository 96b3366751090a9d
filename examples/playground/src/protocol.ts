/** The messages between the page and the worker that runs the library. All of them are plain data. */
import type { Picture, StyleTransferOptions } from "nst-gpu";
import type { Edit, Size } from "./edit.ts";
import type { Change, Weights } from "./recipe.ts";

/** The formats that a picture can be saved in. */
export type Format = "png" | "jpeg" | "webp";

/** A picture as it goes to a run: the file, and what is done to it. */
export interface RunPicture {
  name: string;
  file: Blob;
  edit: Edit;
}

/** The network of a run; options that belong to it override those of the preset. */
export interface RunNetwork {
  source: "embedded" | Blob | { url: string; name: string; bytes: number };
  options?: Partial<StyleTransferOptions>;
}

/** Everything that a run needs. */
export interface RunOrder {
  content: RunPicture;
  styles: (RunPicture & { weight: number })[];
  network: RunNetwork;
  preset: NonNullable<StyleTransferOptions["preset"]>;
  size: number;
  steps: number;
  seed: number;
  weights: Weights;
  /** Made by themselves, each after its step. */
  changes: readonly Change[];
  stopAfter?: number;
}

/** Questions, each of which gets one answer of the same id. */
export type Question =
  | { type: "inspect"; file: Blob; name: string }
  | { type: "preview"; file: Blob; edit: Edit; longest: number }
  | { type: "encode"; picture: Picture; format: Format };

/** What the answers to questions are. */
export interface Answers {
  inspect: Size;
  preview: ImageBitmap;
  encode: Blob;
}

/** What the page tells the worker. */
export type ToWorker =
  | { type: "question"; id: number; question: Question }
  | { type: "start"; order: RunOrder; canvas: OffscreenCanvas }
  | { type: "change"; weights: Partial<Weights> }
  | { type: "pause" | "resume" | "stop" };

/** An error as it crosses over: its class by name, and its message. */
export interface Failure {
  name: string;
  message: string;
}

/** What is shown of a step. Losses are what each term adds to the total. */
export interface StepFacts {
  step: number;
  steps: number;
  width: number;
  height: number;
  losses: { total: number; content: number; style: number; tv: number };
  seconds: number;
  secondsLeft: number;
  bytes: number;
  adapter: string;
  network: string;
}

/** What the worker tells the page. */
export type FromWorker =
  | { type: "answer"; id: number; value: Answers[Question["type"]] }
  | { type: "refusal"; id: number; failure: Failure }
  | { type: "download"; received: number; bytes: number }
  | { type: "step"; facts: StepFacts }
  | { type: "picture"; picture: Picture; step: number }
  | { type: "changed"; change: Change }
  | { type: "paused"; step: number }
  | { type: "ended"; how: "done" | "stopped"; step: number }
  | { type: "failed"; failure: Failure }
  | { type: "warning"; message: string };
