import type { Hono } from 'hono';
import type { Timer } from '../../src/kit/index.ts';

interface Sent {
  readonly url: string;
  readonly request: RequestInit;
  readonly resolve: (answer: Response) => void;
  readonly reject: (error: Error) => void;
}

/** What may become of a request on its way. */
export type Fate = 'answered' | 'lost' | 'late' | 'broken' | Answer;

/** An answer in place of the forge's own; with `isDone` the request is done all the same. */
interface Answer {
  readonly status: number;
  readonly message?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly isDone?: boolean;
}

/** Simulated time: timers, and waits of a client. */
export class SimulatedTime {
  #now = Date.parse('2026-12-01T00:00:00Z');
  #timers: { readonly at: number; readonly callback: () => void }[] = [];

  readonly now = (): number => this.#now;

  readonly timer: Timer = (milliseconds, callback) => {
    const timer = { at: this.#now + milliseconds, callback };
    this.#timers.push(timer);
    return () => (this.#timers = this.#timers.filter((one) => one !== timer));
  };

  readonly wait = (milliseconds: number): Promise<void> =>
    new Promise((resolve) => void this.timer(milliseconds, resolve));

  /** Forgets what a process planned that is dead now. */
  clear(): void {
    this.#timers = [];
  }

  /** Passes to the next timer, but not beyond a moment. Returns false if there is none before it. */
  step(until: number): boolean {
    const [next] = this.#timers.filter(({ at }) => at <= until).toSorted((one, other) => one.at - other.at);
    this.#now = Math.max(this.#now, next?.at ?? until);
    if (next === undefined) return false;
    this.#timers = this.#timers.filter((one) => one !== next);
    next.callback();
    return true;
  }
}

/** The way to a forge: each request waits until it is decided what becomes of it. */
export class UnreliableForge {
  readonly #app: Hono;
  #sent: Sent[] = [];
  #late: Sent[] = [];

  constructor(app: Hono) {
    this.#app = app;
  }

  readonly fetch = (url: string, request: RequestInit): Promise<Response> =>
    new Promise((resolve, reject) => void this.#sent.push({ url, request, resolve, reject }));

  /** Decides about the oldest request. Returns false if there is none. */
  async decide(fate: Fate): Promise<boolean> {
    const sent = this.#sent.shift();
    if (sent === undefined) return false;
    if (fate === 'answered') sent.resolve(await this.#process(sent));
    else if (typeof fate === 'object') {
      if (fate.isDone === true) await this.#process(sent);
      const { status, message = 'Server Error', headers } = fate;
      sent.resolve(Response.json({ message }, { status, headers }));
    } else {
      if (fate === 'lost') await this.#process(sent);
      if (fate === 'late') this.#late.push(sent);
      sent.reject(new TypeError('fetch failed', { cause: new Error('socket hang up') }));
    }
    return true;
  }

  /** The oldest request that was late reaches the forge. */
  async arrive(): Promise<boolean> {
    const sent = this.#late.shift();
    if (sent !== undefined) await this.#process(sent);
    return sent !== undefined;
  }

  /** The process is dead: its requests may still arrive. */
  abandon(): void {
    this.#late.push(...this.#sent.splice(0));
  }

  /** Another user sends a request with the same token, `token`. */
  async foreign(path: string, body: object): Promise<void> {
    const headers = { Authorization: 'Bearer token', 'PRIVATE-TOKEN': 'token', 'Content-Type': 'application/json' };
    await this.#app.request(path, { method: 'POST', headers, body: JSON.stringify(body) });
  }

  async #process({ url, request }: Sent): Promise<Response> {
    return this.#app.request(url, request);
  }
}

/** Resolves when nothing goes on without an answer or the time. */
export async function idle(): Promise<void> {
  for (let turn = 0; turn < 6; turn += 1) await new Promise(setImmediate);
}
