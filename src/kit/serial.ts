/** Runs tasks that share a name one after another, in the order of the calls; those with different names at once. */
export class Serial {
  readonly #tails = new Map<string, Promise<void>>();

  run<T>(name: string, task: () => Promise<T>): Promise<T> {
    const result = (this.#tails.get(name) ?? Promise.resolve()).then(task);
    const tail: Promise<void> = result.then(ignore, ignore).then(() => {
      if (this.#tails.get(name) === tail) this.#tails.delete(name);
    });
    this.#tails.set(name, tail);
    return result;
  }
}

function ignore(): void {}
