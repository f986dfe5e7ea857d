import type { Socket } from 'node:net';
import type { PipedProgram } from '../../kit/index.ts';
import { ObjectCache } from './object-cache.ts';
import { ObjectOutput, type GitObject } from './object-output.ts';

interface ObjectReaderOptions {
  /** Starts `git cat-file --batch`. */
  start(): PipedProgram;
  /** Makes the error for an object that git cannot read; `stderr` is what git wrote as it ended. */
  failure(problem: { readonly error?: NodeJS.ErrnoException; readonly stderr: string }): Error;
  /** Milliseconds without a read after which the process ends. */
  readonly idle?: number;
}

interface Request {
  readonly name: string;
  readonly resolve: (object: GitObject | undefined) => void;
  readonly reject: (error: Error) => void;
  /** Whether a process has ended without an answer to it. */
  isRetried: boolean;
}

const IDLE = 10_000;
/** Names that mean the same object for ever. */
const IMMUTABLE = /^(?:[0-9a-f]{40}|[0-9a-f]{64})(?:\^\{commit\})?$/;

/**
 * Reads objects of one repository through one `git cat-file --batch`, which also finds objects that are fetched while
 * it runs. The process starts with the first read, ends after a while without one or with this process, and is started
 * again if it dies. Calls may overlap. Small objects stay in memory.
 */
export class ObjectReader {
  readonly #options: ObjectReaderOptions;
  readonly #cache = new ObjectCache();
  readonly #requests: Request[] = [];
  #process: PipedProgram | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ObjectReaderOptions) {
    this.#options = options;
  }

  /** The object that a name means, as git understands names (gitrevisions(7)); undefined if there is none. */
  async read(name: string): Promise<GitObject | undefined> {
    if (/[\n\0]/.test(name)) return undefined;
    const known = this.#cache.get(name);
    if (known !== undefined) return known;
    const object = await new Promise<GitObject | undefined>((resolve, reject) => {
      this.#send({ name, resolve, reject, isRetried: false });
    });
    if (object !== undefined && IMMUTABLE.test(name)) this.#cache.keep(name, object);
    return object;
  }

  #send(request: Request): void {
    this.#requests.push(request);
    clearTimeout(this.#timer);
    this.#process ??= this.#start();
    hold(this.#process, true);
    this.#process.stdin.write(`${request.name}\n`);
  }

  #start(): PipedProgram {
    const child = this.#options.start();
    let stderr = '';
    child.stderr.on('data', (bytes: Buffer) => (stderr = `${stderr}${bytes.toString()}`.slice(-4000)));
    child.stdin.on('error', () => undefined);
    const output = new ObjectOutput((object) => this.#answer(object));
    child.stdout.on('data', (bytes: Buffer) => output.write(bytes));
    let error: Error | undefined;
    child.once('error', (problem) => (error = problem));
    child.once('close', () => this.#ended(child, this.#options.failure({ error, stderr })));
    return child;
  }

  #answer(object: GitObject | undefined): void {
    this.#requests.shift()?.resolve(object);
    if (this.#requests.length > 0 || this.#process === undefined) return;
    const child = this.#process;
    hold(child, false);
    this.#timer = setTimeout(() => this.#close(child), this.#options.idle ?? IDLE).unref();
  }

  #close(child: PipedProgram): void {
    if (this.#process === child) this.#process = undefined;
    child.stdin.end();
  }

  /** Repeats requests without an answer, once. */
  #ended(child: PipedProgram, failure: Error): void {
    if (this.#process !== child) return;
    this.#process = undefined;
    for (const request of this.#requests.splice(0)) {
      if (request.isRetried) request.reject(failure);
      else this.#send({ ...request, isRetried: true });
    }
  }
}

/** Whether a process keeps this one running: only while an answer is awaited. */
function hold(child: PipedProgram, isHeld: boolean): void {
  for (const one of [child, child.stdin, child.stdout, child.stderr] as unknown as Socket[])
    if (isHeld) one.ref();
    else one.unref();
}
