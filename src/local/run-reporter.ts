import type { Diagnostic } from '../kit/index.ts';
import { isFinal, type JobState } from '../pipeline/index.ts';
import { LineBuffer } from './line-buffer.ts';
import { LineSplitter } from './line-splitter.ts';
import type { LocalPipeline } from './local-pipeline.ts';

/** Receives the events of a run, in order. Jobs are named by `pipeline.pathOf(job)`. */
export interface RunReporter {
  /** A fault of a configuration that stops nothing. */
  warn(diagnostic: Diagnostic): void;
  jobChanged(pipeline: LocalPipeline, job: JobState): void;
  /** Output of a job as it arrives, split anywhere. */
  output(pipeline: LocalPipeline, job: string, bytes: Buffer): void;
  /** The run is over. */
  finished(pipeline: LocalPipeline): void;
  /** Writes what has not been written; called last, whatever happened. */
  close(): void;
}

/** The lines of a report. */
interface RunFormat {
  warn(diagnostic: Diagnostic, lines: LineBuffer): void;
  /** Returns the line for a line of a job's output. */
  log(path: string, line: string): string;
  changed(pipeline: LocalPipeline, job: JobState): string | undefined;
  finished(pipeline: LocalPipeline): readonly string[];
}

/** Reports to standard output. Splits the output of jobs into lines, and writes lines of the same moment together. */
export function createReporter(write: (text: string) => void, format: RunFormat): RunReporter {
  const lines = new LineBuffer(write);
  const splitters = new Map<string, LineSplitter>();
  const log = (path: string, texts: readonly string[] = []) => {
    for (const text of texts) lines.add(format.log(path, text));
  };
  return {
    warn: (diagnostic) => format.warn(diagnostic, lines),
    jobChanged: (pipeline, job) => {
      const path = pipeline.pathOf(job.name);
      if (isFinal(job.status) || job.status === 'pending') {
        log(path, splitters.get(path)?.end());
        splitters.delete(path);
      }
      const line = format.changed(pipeline, job);
      if (line !== undefined) lines.add(line);
    },
    output: (pipeline, name, bytes) => {
      const path = pipeline.pathOf(name);
      const splitter = splitters.get(path) ?? new LineSplitter();
      splitters.set(path, splitter);
      log(path, splitter.write(bytes));
    },
    finished: (pipeline) => {
      for (const line of format.finished(pipeline)) lines.add(line);
    },
    close: () => lines.flush(),
  };
}
