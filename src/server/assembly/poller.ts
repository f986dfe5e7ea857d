import { messageOf } from '../../kit/index.ts';
import { pollStack, workInbox, type Coordinator, type Stack } from '../../coordinator/index.ts';

const RETRY_MS = 30_000;

/** Looks at each stack's remote: at its interval, and at once when a hook calls. One look at a time for each stack. */
export class Poller {
  readonly #coordinator: Coordinator;
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #looks = new Map<string, Promise<void>>();
  readonly #requested = new Set<string>();
  #stopped = false;

  constructor(coordinator: Coordinator) {
    this.#coordinator = coordinator;
  }

  start(): void {
    for (const [name, stack] of this.#coordinator.context.stacks) {
      const { poll } = stack.configuration;
      if (poll > 0)
        this.#timers.set(
          name,
          setInterval(() => this.wake(name), poll * 1000),
        );
      this.wake(name);
    }
  }

  /** False if there is no such stack. A call during a look leads to one more look after it. */
  wake(name: string): boolean {
    const stack = this.#coordinator.context.stacks.get(name);
    if (stack === undefined || this.#stopped) return stack !== undefined;
    this.#requested.add(name);
    if (!this.#looks.has(name))
      this.#looks.set(
        name,
        this.#look(name, stack).finally(() => this.#ended(name)),
      );
    return true;
  }

  /** A call may have come after the last look at what was asked, and before this. */
  #ended(name: string): void {
    this.#looks.delete(name);
    if (this.#requested.has(name)) this.wake(name);
  }

  /** Like `wake`, but returns when the remote has been looked at. A fault of the remote's is logged. */
  async look(name: string): Promise<void> {
    this.wake(name);
    await this.#looks.get(name);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#timers.values()) clearInterval(timer);
    await Promise.all(this.#looks.values());
  }

  async #look(name: string, stack: Stack): Promise<void> {
    while (this.#requested.delete(name) && !this.#stopped) {
      try {
        await workInbox(this.#coordinator, stack);
        await pollStack(this.#coordinator, stack);
      } catch (error) {
        this.#coordinator.context.log.warn(
          { stack: name, error: messageOf(error) },
          'the remote could not be looked at',
        );
        this.#lookAgain(name, stack);
      }
    }
  }

  /** A stack that is looked at only when a hook calls would miss what this hook called for. */
  #lookAgain(name: string, { configuration }: Stack): void {
    if (configuration.poll > 0 || this.#stopped) return;
    clearTimeout(this.#timers.get(name));
    const timer = setTimeout(() => this.wake(name), RETRY_MS);
    this.#timers.set(name, timer.unref());
  }
}
