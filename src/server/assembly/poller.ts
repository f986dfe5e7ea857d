import { messageOf } from '../../kit/index.ts';
import { pollStack, workCommands, workInbox, type Coordinator, type Stack } from '../../coordinator/index.ts';

const RETRY_MS = 30_000;
/** A forge does not repeat a delivery of its webhook that was lost. */
const WITHOUT_HOOKS_MS = 3600_000;

/**
 * Polls each stack's remote at its interval and when a hook reports a change, one poll at a time per stack. Where hooks
 * alone cause polls, each leads to a second one a little later, since a forge's API may lag behind what the forge reports.
 */
export class Poller {
  readonly #coordinator: Coordinator;
  readonly #intervals = new Map<string, NodeJS.Timeout>();
  readonly #again = new Map<string, NodeJS.Timeout>();
  /** Stacks whose next poll follows another one, and no hook. */
  readonly #second = new Set<string>();
  readonly #polls = new Map<string, Promise<void>>();
  readonly #requested = new Set<string>();
  #stopped = false;

  constructor(coordinator: Coordinator) {
    this.#coordinator = coordinator;
  }

  start(): void {
    for (const [name, stack] of this.#coordinator.context.stacks) {
      const { poll } = stack.configuration;
      const wake = () => this.wake(name);
      this.#intervals.set(name, setInterval(wake, poll > 0 ? poll * 1000 : WITHOUT_HOOKS_MS));
      this.wake(name);
    }
  }

  /** Returns whether the stack exists. A call during a poll leads to one more poll after it. */
  wake(name: string): boolean {
    this.#second.delete(name);
    return this.#wake(name);
  }

  #wake(name: string): boolean {
    const stack = this.#coordinator.context.stacks.get(name);
    if (stack === undefined || this.#stopped) return stack !== undefined;
    this.#requested.add(name);
    if (this.#polls.has(name)) return true;
    const ended = this.#poll(name, stack).finally(() => this.#ended(name));
    this.#polls.set(name, ended);
    return true;
  }

  /** A call may have come after the last request was taken, and before this. */
  #ended(name: string): void {
    this.#polls.delete(name);
    if (this.#requested.has(name)) this.#wake(name);
  }

  /** Like `wake`, but resolves when the remote has been polled. Failures of the remote are logged. */
  async poll(name: string): Promise<void> {
    this.wake(name);
    await this.#polls.get(name);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const timer of [...this.#intervals.values(), ...this.#again.values()]) clearInterval(timer);
    await Promise.all(this.#polls.values());
  }

  async #poll(name: string, stack: Stack): Promise<void> {
    while (this.#requested.delete(name) && !this.#stopped) {
      const isSecond = this.#second.delete(name);
      try {
        await workInbox(this.#coordinator, stack);
        await pollStack(this.#coordinator, stack);
        await workCommands(this.#coordinator, stack);
        if (!isSecond) this.#pollAgain(name, stack);
      } catch (error) {
        const { log } = this.#coordinator.context;
        log.warn({ stack: name, error: messageOf(error) }, 'the remote could not be polled');
        this.#pollAgain(name, stack);
      }
    }
  }

  /** A stack that is polled only when a hook calls would miss the change that this hook reported. */
  #pollAgain(name: string, { configuration }: Stack): void {
    if (configuration.poll > 0 || this.#stopped) return;
    clearTimeout(this.#again.get(name));
    const timer = setTimeout(() => {
      this.#second.add(name);
      this.#wake(name);
    }, RETRY_MS);
    this.#again.set(name, timer.unref());
  }
}
