import type { EventEmitter } from 'node:events';

/** Answers that are being sent, each until its stream is closed. */
export class OpenAnswers {
  readonly #open = new Set<Promise<void>>();

  add(answer: EventEmitter): void {
    const closed = new Promise<void>((resolve) => void answer.once('close', () => resolve()));
    this.#open.add(closed);
    void closed.then(() => this.#open.delete(closed));
  }

  /** Resolves when those that are being sent now have been sent, or their connections are gone. */
  async done(): Promise<void> {
    await Promise.all(this.#open);
  }
}
