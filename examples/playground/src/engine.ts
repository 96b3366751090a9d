/** The page's side of the worker. A worker that breaks is replaced, and its run reported as failed. */
import type { Answers, FromWorker, Question, RunOrder, ToWorker } from "./protocol.ts";
import type { Weights } from "./recipe.ts";

/** What a run reports: all messages but the answers to questions. */
export type RunMessage = Exclude<FromWorker, { type: "answer" | "refusal" }>;

interface Waiting {
  resolve(value: never): void;
  reject(error: Error): void;
}

export class Engine {
  private worker: Worker | undefined;
  private readonly waiting = new Map<number, Waiting>();
  private questions = 0;

  constructor(private readonly onMessage: (message: RunMessage) => void) {}

  /** Asks the worker. Rejects with an error whose name and message are those of the library's. */
  ask<Type extends Question["type"]>(question: Question & { type: Type }): Promise<Answers[Type]> {
    const id = ++this.questions;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.send({ type: "question", id, question });
    });
  }

  /** Starts a run, which draws each step on the canvas. */
  start(order: RunOrder, canvas: OffscreenCanvas): void {
    this.send({ type: "start", order, canvas }, [canvas]);
  }

  change(weights: Partial<Weights>): void {
    this.send({ type: "change", weights });
  }

  tell(type: "pause" | "resume" | "stop"): void {
    this.send({ type });
  }

  private send(message: ToWorker, transfer: Transferable[] = []): void {
    this.worker ??= this.started();
    this.worker.postMessage(message, transfer);
  }

  private started(): Worker {
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => this.receive(data);
    worker.onerror = (event) => this.discard(event.message || "its script could not be loaded");
    return worker;
  }

  private receive(message: FromWorker): void {
    if (message.type !== "answer" && message.type !== "refusal") {
      this.onMessage(message);
      return;
    }
    const waiting = this.waiting.get(message.id);
    this.waiting.delete(message.id);
    if (message.type === "answer") waiting?.resolve(message.value as never);
    else waiting?.reject(Object.assign(new Error(message.failure.message), { name: message.failure.name }));
  }

  /** The next message starts another worker. */
  private discard(reason: string): void {
    const message = `The worker ended: ${reason}. Start again; if it happens again, reload the page.`;
    this.worker?.terminate();
    this.worker = undefined;
    for (const { reject } of this.waiting.values()) reject(new Error(message));
    this.waiting.clear();
    this.onMessage({ type: "failed", failure: { name: "WorkerError", message } });
  }
}
