/** Runs the library, away from the page: answers questions, and makes one run at a time. */
import { encodeImage, loadImage } from "nst-gpu";
import { preview } from "./preview.ts";
import type { Answers, Failure, FromWorker, Question, ToWorker } from "./protocol.ts";
import { Run } from "./run.ts";

const scope = globalThis as unknown as DedicatedWorkerGlobalScope;
let run: Run | undefined;

interface DedicatedWorkerGlobalScope {
  onmessage: (event: MessageEvent<ToWorker>) => void;
  postMessage(message: FromWorker, transfer?: Transferable[]): void;
}

scope.onmessage = ({ data: message }) => {
  switch (message.type) {
    case "question":
      answer(message.question).then(
        (value) => {
          const transfer = value instanceof ImageBitmap ? [value] : [];
          scope.postMessage({ type: "answer", id: message.id, value }, transfer);
        },
        (error) => scope.postMessage({ type: "refusal", id: message.id, failure: failureOf(error) }),
      );
      break;
    case "start":
      run = new Run(message.order, message.canvas, (reply, transfer) => scope.postMessage(reply, transfer));
      run.begin().catch((error) => scope.postMessage({ type: "failed", failure: failureOf(error) }));
      break;
    case "change":
      run?.change(message.weights);
      break;
    default:
      run?.[message.type]();
  }
};

async function answer(question: Question): Promise<Answers[Question["type"]]> {
  if (question.type === "inspect") {
    const { width, height } = await loadImage(question.file, question.name);
    return { width, height };
  }
  if (question.type === "preview") return preview(question.file, question.edit, question.longest);
  const bytes = await encodeImage(question.picture, question.format);
  return new Blob([new Uint8Array(bytes)], { type: `image/${question.format}` });
}

function failureOf(error: unknown): Failure {
  return error instanceof Error
    ? { name: error.name, message: error.message }
    : { name: "Error", message: String(error) };
}
