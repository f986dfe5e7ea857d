import { LineSplitter } from './line-splitter.ts';

/** Splits the output of many jobs into lines, each with the job's path. */
export class JobOutput {
  readonly #splitters = new Map<string, LineSplitter>();

  write(job: string, bytes: Buffer): readonly string[] {
    const splitter = this.#splitters.get(job) ?? new LineSplitter();
    this.#splitters.set(job, splitter);
    return splitter.write(bytes);
  }

  /** What a job that has ended left without an end of line. */
  end(job: string): readonly string[] {
    const rest = this.#splitters.get(job)?.end() ?? [];
    this.#splitters.delete(job);
    return rest;
  }
}
