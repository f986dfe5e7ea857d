import { once } from 'node:events';
import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { messageOf, spawnProgram, type ChildProcess, type Clock, type Logger, type ProgramUser } from '../kit/index.ts';
import type { BoundSocket } from './bind-socket.ts';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5000;
/** After this time, an end counts as the first failure. */
const SETTLED_MS = 60_000;

/** The message of a server to its parent once it answers requests. */
export const LISTENING = 'listening';

/** The parent's message that ends a server, which a signal may have reached already: a second one would kill it. */
export const STOP = 'stop';

/** The same for a server that another one takes the place of: it does not wait for its jobs. */
export const REPLACE = 'replace';

/** Where a notary listens that the parent of the server keeps running. */
const NotaryAddress = z.strictObject({ url: z.string(), token: z.string() });
export type NotaryAddress = z.infer<typeof NotaryAddress>;

/** The parent's first message. */
export const Start = z.strictObject({ notary: NotaryAddress.optional() });
export type Start = z.infer<typeof Start>;

export interface KeeperOptions {
  readonly socket: BoundSocket;
  /** The program of the server and its arguments. */
  readonly command: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** The user that the server runs as; without it that of this process. */
  readonly user?: ProgramUser;
  /** The first message to each server. */
  readonly start: Start;
  /** Ends the server, and then the keeper. */
  readonly signal: AbortSignal;
  readonly log: Logger;
  readonly clock: Clock;
  /** Prepares the next server. Throws if one could not be started with the configuration as it is now. */
  prepare(): Promise<unknown>;
}

/**
 * Holds the listening socket and runs the server in a process of its own. While there is none, after a crash or between
 * two versions, the kernel queues connections, so that runners and clients wait instead of failing.
 */
export class SocketKeeper {
  readonly #options: KeeperOptions;
  #child: ChildProcess | undefined;
  #isListening = false;
  #isReplacing = false;

  constructor(options: KeeperOptions) {
    this.#options = options;
    options.signal.addEventListener('abort', () => this.#send(STOP));
  }

  /** Replaces the server by a new process, unless the configuration has become invalid. */
  async replace(): Promise<void> {
    const { log, prepare } = this.#options;
    try {
      await prepare();
    } catch (error) {
      log.error({ error: messageOf(error) }, 'the server is not replaced, since its new configuration is not valid');
      return;
    }
    log.info('server is replaced');
    this.#isReplacing = true;
    this.#send(REPLACE);
  }

  /** Resolves with the exit status of the server once it was stopped, or ended before it listened. */
  async run(): Promise<number> {
    const { signal, log, clock } = this.#options;
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      const since = clock.now();
      const [code, killer] = await this.#serve();
      if (signal.aborted) return statusOf(code, killer);
      if (this.#isReplacing) continue;
      if (!this.#isListening || code === 0) return statusOf(code, killer);
      if (clock.now() - since > SETTLED_MS) pause = FIRST_PAUSE_MS;
      log.error({ code, signal: killer, pause }, 'the server ended unexpectedly; it is started again');
      await sleep(pause, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return statusOf(code, killer);
    }
  }

  #send(message: typeof STOP | typeof REPLACE): void {
    // Without a channel it is about to end.
    if (this.#child?.connected === true) this.#child.send(message, () => undefined);
  }

  /** Runs one server to its end. It has its own session, so that Ctrl-C at a terminal reaches it through us only. */
  async #serve(): Promise<Ending> {
    const { socket, command, env, user, start } = this.#options;
    this.#isListening = false;
    this.#isReplacing = false;
    const [program = '', ...args] = command;
    const child = spawnProgram(program, args, {
      stdio: ['inherit', 'inherit', 'inherit', socket.fd, 'ipc'],
      env: { ...env, LISTEN_FDS: '1' },
      user,
      detached: true,
    });
    this.#child = child;
    child.send(start, () => undefined);
    child.on('message', (message) => (this.#isListening ||= message === LISTENING));
    return (await once(child, 'exit')) as unknown as Ending;
  }
}

type Ending = readonly [code: number | null, signal: NodeJS.Signals | null];

function statusOf(code: number | null, signal: NodeJS.Signals | null): number {
  return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}
