import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';

/** Names the pipe for the programs of a job. */
export const JOBSERVER_VARIABLE = 'SLIPWAY_JOBSERVER';

interface JobserverOptions {
  /** Processes that the jobs of one level of trust run at once: the cores of the machine. */
  readonly tokens: number;
  /** Calls back again and again, until the function that it returns is called. By default every 25 ms. */
  readonly repeat?: (callback: () => void) => () => void;
}

/** A job with a pipe of its own. */
interface Client {
  readonly pipe: number;
  /** Tokens that it took. */
  held: number;
  /** Tokens that it was offered last. */
  offered: number;
  /** Whether it left some of them. */
  isIdle: boolean;
  /** Looks at which it was idle and was offered none. */
  waited: number;
}

/** Looks after which an idle job is offered a token, to find out whether it needs some now. */
const PROBE = 4;
const INTERVAL_MS = 25;
const TOKEN = '+';
/** What is read, which is not looked at: as large as a pipe, and made once, since pipes are read 40 times a second. */
const READ = Buffer.alloc(65_536);

/**
 * Shares the cores of the machine among jobs by the protocol of GNU make's jobserver: a process of a job reads a token
 * from the job's pipe before it starts another process, and writes it back afterwards
 * (https://www.gnu.org/software/make/manual/html_node/POSIX-Jobserver.html). Each job has one token from the start, as
 * the protocol has it. Each has a named pipe of its own, so that it is known what it holds: tokens of a job that ends,
 * in whatever way, are there for the others. Jobs of one level of trust cannot keep tokens from those of another.
 */
export class Jobserver {
  readonly #tokens: number;
  readonly #repeat: (callback: () => void) => () => void;
  readonly #levels = new Map<string, Set<Client>>();
  #stop: (() => void) | undefined;

  constructor({ tokens, repeat = everyInterval }: JobserverOptions) {
    this.#tokens = tokens;
    this.#repeat = repeat;
  }

  /** Gives a job of a level of trust its share, through a named pipe. Returns what ends that. */
  join(level: string, path: string): () => void {
    const pipe = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    drain(pipe);
    const client: Client = { pipe, held: 0, offered: 0, isIdle: false, waited: 0 };
    const clients = this.#levels.get(level) ?? new Set();
    this.#levels.set(level, clients.add(client));
    this.#balance(clients);
    this.#stop ??= this.#repeat(() => this.#levels.forEach((all) => this.#balance(all)));
    return () => {
      clients.delete(client);
      closeSync(pipe);
      this.#balance(clients);
      if (clients.size === 0) this.#levels.delete(level);
      if (this.#levels.size > 0) return;
      this.#stop?.();
      this.#stop = undefined;
    };
  }

  /** Takes back all tokens that no job took, and offers them to those that took all that they were offered. */
  #balance(all: ReadonlySet<Client>): void {
    const clients = [...all];
    const [only] = clients;
    const tokens = Math.max(0, this.#tokens - clients.length);
    if (clients.length === 1 && only !== undefined && only.held + only.offered === tokens) return;
    for (const client of clients) look(client);
    const free = tokens - clients.reduce((sum, { held }) => sum + held, 0);
    share(clients, Math.max(0, free));
    for (const client of clients) client.offered = offer(client.pipe, client.offered);
  }
}

/** A job writes what it likes to its pipe, but gives back no more than it has. */
function look(client: Client): void {
  const had = client.held + client.offered;
  const left = Math.min(had, drain(client.pipe));
  if (client.offered > 0 || left > 0) client.isIdle = left > 0;
  client.held = had - left;
  client.waited = client.isIdle && client.offered === 0 ? client.waited + 1 : 0;
  client.offered = 0;
}

function share(clients: readonly Client[], tokens: number): void {
  const [idle, wanting] = [clients.filter(({ isIdle }) => isIdle), clients.filter(({ isIdle }) => !isIdle)];
  const probed = idle.filter(({ waited }) => waited >= PROBE).slice(0, tokens);
  for (const client of probed) client.offered = 1;
  const receivers = wanting.length > 0 ? wanting : idle;
  if (receivers.length === 0) return;
  for (let free = tokens - probed.length; free > 0; free -= 1)
    receivers.reduce((one, other) => (other.held + other.offered < one.held + one.offered ? other : one)).offered += 1;
}

/** Returns how many bytes were in a pipe. */
function drain(pipe: number): number {
  try {
    return readSync(pipe, READ);
  } catch {
    return 0;
  }
}

/** Returns how many tokens the pipe took: a job may have filled it. */
function offer(pipe: number, tokens: number): number {
  if (tokens === 0) return 0;
  try {
    return writeSync(pipe, TOKEN.repeat(tokens));
  } catch {
    return 0;
  }
}

function everyInterval(callback: () => void): () => void {
  const timer = setInterval(callback, INTERVAL_MS).unref();
  return () => clearInterval(timer);
}
