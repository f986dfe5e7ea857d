import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, spawnProgram, type ChildProcess, type Logger } from '../../kit/index.ts';
import { errorOf, notaryError } from '../../notary/index.ts';
import { StartReply, type StartRequest } from './supervised.ts';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5000;
const STOP_TIMEOUT_MS = 5000;

interface NotaryProcessOptions {
  /** The program itself: the script that node runs. */
  readonly entry: string;
  readonly request: StartRequest;
  /** Its whole environment; it may name the key. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
}

interface Launched {
  /** Resolves when the process has ended. */
  readonly exited: Promise<unknown>;
}

/**
 * Runs the notary as a process of its own, and starts it again whenever it ends. `start` resolves when it listens, and
 * throws if the first one does not.
 */
export class NotaryProcess {
  readonly #options: NotaryProcessOptions;
  #child: ChildProcess | undefined;
  #place: string | undefined;
  #isStopping = false;
  #watch: Promise<void> = Promise.resolve();

  constructor(options: NotaryProcessOptions) {
    this.#options = options;
  }

  /** Address of the newest one; undefined before the first. */
  get place(): string | undefined {
    return this.#place;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  async start(): Promise<void> {
    this.#watch = this.#keep(await this.#launch());
  }

  /** Ends the notary. It answers the requests that it has; others are repeated at the next start. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#child?.stdin?.end();
    const timer = setTimeout(() => this.#child?.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await this.#watch;
    clearTimeout(timer);
  }

  async #keep(first: Launched): Promise<void> {
    const { log } = this.#options;
    let { exited } = first;
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      await exited;
      if (this.#isStopping) return;
      log.error({ pause }, 'the notary ended; it is started again');
      await sleep(pause);
      if (this.#isStopping) return;
      try {
        ({ exited } = await this.#launch());
        pause = FIRST_PAUSE_MS;
        log.info('the notary signs again');
      } catch (error) {
        log.error({ err: error }, 'the notary did not start');
        exited = Promise.resolve();
      }
    }
  }

  /** Resolves when it listens. */
  async #launch(): Promise<Launched> {
    const { entry, request, env, log } = this.#options;
    // A session of its own: Ctrl-C at a terminal is not for it. Its standard input ends with us, and it with that.
    const child = spawnProgram(process.execPath, [entry, 'notary', '--supervised', '--log-level', log.level], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env,
      detached: true,
    });
    this.#child = child;
    const exited = once(child, 'exit').catch((error: unknown) => messageOf(error));
    child.stdin.on('error', () => undefined);
    child.stdin.write(`${JSON.stringify(request)}\n`);
    try {
      this.#place = await readReply(child.stdout);
    } catch (error) {
      // It would wait for the end of its input, and we for its own.
      child.kill('SIGKILL');
      await exited;
      throw error;
    }
    return { exited };
  }
}

async function readReply(output: Readable): Promise<string> {
  for await (const line of createInterface({ input: output })) {
    const reply = StartReply.parse(JSON.parse(line));
    if ('failure' in reply) throw errorOf(JSON.stringify(reply.failure), 500);
    return reply.place;
  }
  throw notaryError('NOTARY_NOT_STARTED', { reason: 'it ended without an answer' });
}
