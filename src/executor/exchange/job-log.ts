import { Redactor, type Clock, type NamedSecrets } from '../../kit/index.ts';
import { sectionEnd, sectionStart, type SectionName } from '../section.ts';

interface JobLogOptions {
  /** Receives the log, piece by piece, with secrets masked. */
  readonly write: (bytes: Buffer) => void;
  /** Values that the log must not show. */
  readonly secrets: NamedSecrets;
  /** Whether the log has sections and reports progress, as the log of a runner does. */
  readonly isDetailed: boolean;
  readonly clock: Clock;
}

/** A job's log: masks secrets wherever the output is cut, and begins each line of its own on a new line. */
export class JobLog {
  readonly #options: JobLogOptions;
  readonly #redactor: Redactor;
  #isLineEnded = true;

  constructor(options: JobLogOptions) {
    this.#options = options;
    this.#redactor = new Redactor(Array.from(options.secrets, ([, secret]) => secret.reveal()));
  }

  /** Adds output of the job as it is. */
  readonly write = (bytes: Buffer): void => {
    if (bytes.length === 0) return;
    this.#isLineEnded = bytes.at(-1) === LINE_END;
    this.#pass(this.#redactor.isEmpty ? bytes : this.#redactor.write(bytes));
  };

  /** Adds a line that every log has: a warning, or why the job failed. */
  print(line: string): void {
    this.endLine();
    this.write(Buffer.from(`${line}\n`));
  }

  /** Adds a line about the progress of the job, which only a detailed log has. */
  report(line: string): void {
    if (this.#options.isDetailed) this.print(line);
  }

  /** Ends a line that the job's output has left open. */
  endLine(): void {
    if (!this.#isLineEnded) this.write(Buffer.from('\n'));
  }

  /** Runs a stage of the job; what it logs is a section that folds. */
  async section<Result>(
    name: SectionName,
    ...[title, stage]: [title: string, stage: () => Promise<Result>]
  ): Promise<Result> {
    const { isDetailed, clock } = this.#options;
    if (!isDetailed) return stage();
    this.#mark(sectionStart(name, title, clock));
    try {
      return await stage();
    } finally {
      this.#mark(sectionEnd(name, clock));
    }
  }

  /** Adds what was held back because it could have begun a secret. Nothing can be written afterwards. */
  end(): void {
    this.#pass(this.#redactor.end());
  }

  /** The mark at the end of a section has no line break of its own: what follows may continue it. */
  #mark(text: string): void {
    this.endLine();
    this.write(Buffer.from(text));
    this.#isLineEnded = true;
  }

  #pass(bytes: Buffer): void {
    if (bytes.length > 0) this.#options.write(bytes);
  }
}

const LINE_END = 0x0a;
