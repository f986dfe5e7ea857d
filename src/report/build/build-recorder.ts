import type { Clock } from '../../kit/index.ts';
import { LONGEST } from './log-patterns.ts';
import { LogScan, type LogEvent } from './log-scan.ts';
import { phaseBegunBy, type Phase } from './phases.ts';
import { Tail } from './tail.ts';
import { TestParts, type RecordedTest } from './test-parts.ts';

/** Times are milliseconds since 1970. */
export interface RecordedPhase {
  readonly began: number;
  readonly ended: number;
  readonly errors: readonly LogEvent[];
  readonly warnings: readonly LogEvent[];
  readonly hasFailed: boolean;
}

/** How the build of one package went. */
export interface BuildRecord {
  readonly began: number;
  readonly ended: number;
  /** Why it failed; absent for a success. */
  readonly failure?: string;
  readonly configure?: RecordedPhase & { readonly log: string };
  readonly build?: RecordedPhase;
  readonly testing?: RecordedPhase & { readonly tests: readonly RecordedTest[] };
}

/** Characters of the configure log that are kept, from its end. */
const CONFIGURE_LOG = 500_000;

interface OpenPhase {
  began: number;
  ended: number;
  readonly scan: LogScan;
}

/**
 * Reads a build's log line by line, as it is written, and summarizes at the end how it went: phases with their times,
 * warnings and errors, tests. Keeps little of the log. Call `add` any number of times, then `finish` once.
 */
export class BuildRecorder {
  readonly #clock: Clock;
  readonly #began: number;
  readonly #phases = new Map<Phase, OpenPhase>();
  readonly #tests = new TestParts();
  readonly #configureLog = new Tail(CONFIGURE_LOG);
  #phase: Phase | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#began = clock.now();
  }

  /** One line, without its newline. */
  add(text: string): void {
    const line = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
    const now = this.#clock.now();
    const begun = phaseBegunBy(line);
    const current = this.#phases.get(this.#phase as Phase);
    if (current !== undefined) current.ended = now;
    if (begun !== undefined) this.#enter(begun, now);
    if (this.#phase === undefined) return;
    if (this.#phase === 'configure') this.#configureLog.add(line);
    if (this.#phase === 'testing') this.#tests.add(line, now);
    if (begun === undefined) this.#phases.get(this.#phase)?.scan.add(line);
  }

  /** With a failure, what went wrong in words for people, and in which phase if not in the last one. */
  finish(fault?: { readonly message: string; readonly phase?: Phase }): BuildRecord {
    const failure = fault?.message;
    const ended = this.#clock.now();
    const last = this.#phases.get(this.#phase as Phase);
    if (last !== undefined) last.ended = ended;
    // A build that fails before it begins has failed to be configured: nowhere else would CDash show it.
    const failed = fault === undefined ? undefined : (fault.phase ?? this.#phase ?? 'configure');
    if (failed !== undefined && !this.#phases.has(failed)) {
      this.#enter(failed, this.#began);
      this.#configureLog.add(`The build ended before it began: ${failure}`);
    }
    const of = (phase: Phase) => this.#recorded(phase, failed === phase ? failure : undefined);
    const [configure, build, testing] = [of('configure'), of('build'), of('testing')];
    return {
      began: this.#began,
      ended,
      failure,
      configure: configure && { ...configure, log: this.#configureLog.text },
      build,
      ...(testing === undefined
        ? {}
        : { testing: { ...testing, tests: this.#tests.finish(ended, testing.hasFailed) } }),
    };
  }

  #enter(phase: Phase, now: number): void {
    this.#phase = phase;
    if (!this.#phases.has(phase)) this.#phases.set(phase, { began: now, ended: now, scan: new LogScan() });
  }

  /** An error of a phase that went well is a warning. A phase that failed has at least one error. */
  #recorded(phase: Phase, failure: string | undefined): RecordedPhase | undefined {
    const open = this.#phases.get(phase);
    if (open === undefined) return undefined;
    const { began, ended, scan } = open;
    const hasFailed = failure !== undefined;
    if (!hasFailed) return { began, ended, hasFailed, errors: [], warnings: [...scan.errors, ...scan.warnings] };
    const reported: LogEvent = { text: failure, line: 1, before: [], after: [], repeats: 0 };
    return {
      began,
      ended,
      hasFailed,
      errors: scan.errors.length > 0 ? scan.errors : [reported],
      warnings: scan.warnings,
    };
  }
}
