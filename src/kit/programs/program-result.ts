export type ProgramEnding = readonly [code: number | null, signal: NodeJS.Signals | null];

/** Bytes that a program wrote at once. */
export interface OutputChunk {
  readonly bytes: Buffer;
  readonly isError: boolean;
}

/** What a program left. */
interface EndedRun {
  readonly program: string;
  readonly cut: 'timeout' | 'output' | undefined;
  readonly chunks: readonly OutputChunk[];
}

/** How a program ended, and what it wrote. */
export class ProgramResult {
  readonly program: string;
  /** Undefined where a signal ended the program. */
  readonly exitCode: number | undefined;
  /** Why the program was ended before its time. */
  readonly cut: 'timeout' | 'output' | undefined;
  readonly #signal: NodeJS.Signals | null;
  readonly #chunks: readonly OutputChunk[];

  constructor(run: EndedRun, [code, signal]: ProgramEnding) {
    this.program = run.program;
    this.exitCode = code ?? undefined;
    this.cut = run.cut;
    this.#signal = signal;
    this.#chunks = run.chunks;
  }

  /** Whether it ended by itself with exit status 0. */
  get isSuccess(): boolean {
    return this.exitCode === 0 && this.cut === undefined;
  }

  get stdout(): Buffer {
    return this.#written((chunk) => !chunk.isError);
  }

  get stderr(): Buffer {
    return this.#written((chunk) => chunk.isError);
  }

  /** Standard output as text, without the newline at its end. */
  get text(): string {
    return textOf(this.stdout);
  }

  /** The same of both outputs, in the order in which they came. */
  get output(): string {
    return textOf(this.#written(() => true));
  }

  /**
   * Describes what happened: the exit status or what ended the program, and the last line of its standard error. Of git it
   * is the first line with `fatal:`, since general advice follows.
   */
  get reason(): string {
    const lines = this.stderr.toString('utf8').trimEnd().split('\n');
    const line = (lines.find((one) => one.startsWith('fatal: ')) ?? lines.at(-1) ?? '').trim();
    return line === '' ? this.ending : `${this.ending}: ${line}`;
  }

  /** How the program ended, in words. */
  get ending(): string {
    if (this.cut === 'timeout') return 'it took too long';
    if (this.cut === 'output') return 'it wrote too much';
    return this.exitCode === undefined ? `it was ended by ${this.#signal}` : `exit status ${this.exitCode}`;
  }

  #written(isIncluded: (chunk: OutputChunk) => boolean): Buffer {
    return Buffer.concat(this.#chunks.filter(isIncluded).map(({ bytes }) => bytes));
  }
}

function textOf(bytes: Buffer): string {
  return bytes.toString('utf8').replace(/\r?\n$/, '');
}
