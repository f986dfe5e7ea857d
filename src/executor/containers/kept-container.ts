import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { PipedProgram, Wait } from '../../kit/index.ts';
import { runnerError } from '../errors.ts';
import { sendSignal } from '../processes/send-signal.ts';
import type { ContainerClient } from './container-client.ts';
import { containerWords, STATE, type ContainerPlan } from './container-words.ts';

interface StartOptions {
  readonly client: ContainerClient;
  readonly plan: ContainerPlan;
  /** Receives what the entry point prints before the scripts. */
  readonly onOutput: (bytes: Buffer) => void;
  readonly signal: AbortSignal;
  readonly wait: Wait;
  /** Milliseconds between SIGTERM and SIGKILL. */
  readonly grace: number;
}

interface ExecOptions {
  readonly onOutput: (bytes: Buffer) => void;
  /** Ends the command and all that runs in the container. */
  readonly signal: AbortSignal;
}

const LONGEST_REASON = 2000;
/** Milliseconds in which a container ends by itself. */
const ENDING = 5000;
const MARK = '\u001E';

/**
 * The container of one job. Its first process is a shell, started by the entry point of the image, that keeps what the
 * entry point has set for the scripts, and waits for the end of its input: so the container ends with this process,
 * however that dies. `exec` one at a time, `end` once.
 */
export class KeptContainer {
  readonly name: string;
  readonly #options: StartOptions;
  readonly #child: PipedProgram;
  readonly #exit: Promise<unknown>;
  #running: PipedProgram | undefined;

  private constructor(options: StartOptions, child: PipedProgram) {
    this.name = options.plan.name;
    this.#options = options;
    this.#child = child;
    this.#exit = once(child, 'close').catch(() => undefined);
    child.stdin.on('error', () => undefined);
  }

  /** Starts it. Throws with the reason of the runtime if it does not start. */
  static async start(options: StartOptions): Promise<KeptContainer> {
    const { client, plan, signal } = options;
    const token = randomBytes(8).toString('hex');
    const first = `export -p >${STATE}/environment; printf '\\036%s\\036' ${token}; read -r line; exit 0`;
    const words = containerWords(client.runtime, plan, ['sh', '-c', first]);
    const container = new KeptContainer(options, client.start(words));
    try {
      await container.#started(`${MARK}${token}${MARK}`);
      signal.throwIfAborted();
      return container;
    } catch (error) {
      await container.end();
      throw error;
    }
  }

  /** Process group of the command that runs, outside of the container. */
  get group(): number | undefined {
    return this.#running?.pid;
  }

  /** Runs a command. Returns its exit status; after an end by the signal no other process of a script is left. */
  async exec(words: readonly string[], { onOutput, signal }: ExecOptions): Promise<number> {
    if (signal.aborted) return 143;
    const child = this.#options.client.start(['exec', ...words]);
    this.#running = child;
    child.stdin.on('error', () => undefined).end();
    for (const stream of [child.stdout, child.stderr]) stream.on('data', onOutput);
    const closed = once(child, 'close') as Promise<[number | null]>;
    const abort = () => void this.#endScripts(closed);
    signal.addEventListener('abort', abort, { once: true });
    try {
      const [code] = await closed;
      if (signal.aborted || code === null) await this.#signalAll('KILL');
      return code ?? 137;
    } finally {
      signal.removeEventListener('abort', abort);
      this.#running = undefined;
    }
  }

  /** Ends it and all that runs in it. */
  async end(): Promise<void> {
    const { client, wait } = this.#options;
    this.#child.stdin.end();
    const isLate = await Promise.race([this.#exit.then(() => false), wait(ENDING).then(() => true)]);
    if (isLate) await client.attempt(['rm', '--force', this.name]).catch(() => undefined);
    if (isLate && this.#child.pid !== undefined) sendSignal(-this.#child.pid, 'SIGKILL');
  }

  async #started(mark: string): Promise<void> {
    const { client, plan, onOutput, signal } = this.#options;
    const { stdout, stderr } = this.#child;
    let [text, tail, isStarted] = ['', '', false];
    const note = (bytes: Buffer) => {
      if (isStarted) return;
      tail = (tail + bytes.toString('utf8')).slice(-LONGEST_REASON);
      onOutput(bytes);
    };
    stderr.on('data', note);
    const started = new Promise<void>((resolve) => {
      stdout.on('data', (bytes: Buffer) => {
        if (isStarted) return;
        text += bytes.toString('utf8');
        const at = text.indexOf(mark);
        const open = text.lastIndexOf(MARK);
        const shown = text.slice(0, at !== -1 ? at : open !== -1 ? open : text.length);
        note(Buffer.from(shown));
        text = text.slice(shown.length);
        isStarted = at !== -1;
        if (isStarted) resolve();
      });
    });
    const aborted = once(signal, 'abort').then(() => undefined);
    await Promise.race([started, this.#exit, ...(signal.aborted ? [] : [aborted])]);
    if (isStarted || signal.aborted) return;
    const reason = tail.split('\n').findLast((line) => line.trim() !== '') ?? 'it ended at once';
    throw runnerError('RUNNER_CONTAINER_FAILED', { program: client.runtime.program, image: plan.image, reason });
  }

  /** SIGTERM once, and SIGKILL after the grace. The first process of the container gets neither. */
  async #endScripts(closed: Promise<unknown>): Promise<void> {
    const { wait, grace } = this.#options;
    const isEnded = (patience: number) =>
      Promise.race([closed.then(() => true).catch(() => true), wait(patience).then(() => false)]);
    await this.#signalAll('TERM');
    if (await isEnded(grace)) return;
    await this.#signalAll('KILL');
    if (!(await isEnded(ENDING)) && this.group !== undefined) sendSignal(-this.group, 'SIGKILL');
  }

  async #signalAll(name: 'TERM' | 'KILL'): Promise<void> {
    const words = ['exec', '--user=0', this.name, 'sh', '-c', `kill -s ${name} -1`];
    await this.#options.client.attempt(words).catch(() => undefined);
  }
}
