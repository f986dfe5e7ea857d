import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, spawnProgram, type ChildProcess, type Logger, type ProgramUser } from '../../kit/index.ts';
import { errorOf, notaryError } from '../../notary/index.ts';
import { StartReply, type StartRequest } from './supervised.ts';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5000;
const STOP_TIMEOUT_MS = 5000;

interface NotaryProcessOptions {
  /** The program itself: the script that node runs. */
  readonly entry: string;
  readonly request: StartRequest;
  /** Its whole environment, which may contain the key. */
  readonly env: NodeJS.ProcessEnv;
  /** The user that it runs as; without it that of this process. */
  readonly user?: ProgramUser;
  readonly log: Logger;
}

/**
 * Runs the notary in a process, and starts it again whenever it ends. `start` resolves when the first one listens, and
 * throws if it does not.
 */
export class NotaryProcess {
  readonly #options: NotaryProcessOptions;
  #child: ChildProcess | undefined;
  #address: string | undefined;
  #isStopping = false;
  #watch: Promise<void> = Promise.resolve();

  constructor(options: NotaryProcessOptions) {
    this.#options = options;
  }

  /** Address of the present process; undefined before the first. */
  get address(): string | undefined {
    return this.#address;
  }

  async start(): Promise<void> {
    this.#watch = this.#keep(await this.#launch());
  }

  /** Ends the notary after it has answered its requests. */
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
      }
    }
  }

  /** Starts a notary, and resolves when it listens. */
  async #launch(): Promise<Launched> {
    const { entry, request, env, user, log } = this.#options;
    // In a session of its own, so that Ctrl-C at a terminal does not reach it. It ends when its standard input ends.
    const child = spawnProgram(process.execPath, [entry, 'notary', '--supervised', '--log-level', log.level], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env,
      user,
      detached: true,
    });
    this.#child = child;
    const exited = once(child, 'exit').catch((error: unknown) => messageOf(error));
    child.stdin.on('error', () => undefined);
    child.stdin.write(`${JSON.stringify(request)}\n`);
    try {
      this.#address = await readReply(child.stdout);
    } catch (error) {
      // It would wait for the end of its input.
      child.kill('SIGKILL');
      await exited;
      throw error;
    }
    return { exited };
  }
}

/** A notary that listens. `exited` resolves when the process has ended. */
type Launched = { readonly exited: Promise<unknown> };

async function readReply(output: Readable): Promise<string> {
  for await (const line of createInterface({ input: output })) {
    const reply = StartReply.parse(JSON.parse(line));
    if ('failure' in reply) throw errorOf(JSON.stringify(reply.failure), 500);
    return reply.address;
  }
  throw notaryError('NOTARY_NOT_STARTED', { reason: 'it ended without an answer' });
}
