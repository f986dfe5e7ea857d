import { kindOfLine } from '../build/log-patterns.ts';
import { phaseNameIn } from '../build/phases.ts';
import { readCodedError, type CodedError, type Position } from './coded-error.ts';
import { withoutStop } from '../text/words.ts';
import { plainLine } from './plain-line.ts';

/** Why a job failed, as its log shows it. */
export interface LogFailure extends Partial<Pick<CodedError, 'code' | 'class' | 'package' | 'phase'>> {
  /** The first error, in one line. */
  readonly error: string;
  /** The whole message of the command that reported it, else the same: two runs that failed alike have it in common. */
  readonly message: string;
  readonly hint?: string;
  readonly position?: Position;
  readonly context: LogContext;
}

/** A line of a log with those around it; numbers count from 1. */
interface LogContext {
  readonly line: number;
  /** Number of the first of `lines`. */
  readonly first: number;
  readonly lines: readonly string[];
}

interface Candidate {
  /** The line, without its indent in `text`. */
  readonly whole: string;
  readonly text: string;
  readonly line: number;
  readonly before: readonly string[];
  readonly after: string[];
}

/** What one of our own commands reported, and the line in which it did. */
interface Reported {
  readonly error: CodedError;
  readonly at: Candidate;
  hint?: string;
}

const BEFORE = 1;
const AFTER = 3;
/** Errors of one phase that are kept: the first ones count. */
const MOST = 100;
/** Whatever mentions an error has one of these: most lines are not looked at any further. */
const LIKELY =
  /err|fail|fatal|except|undefined|unresolved|multiple|not found|no such|denied|\*\*\*|no space|segm|killed|abort|illegal|bus|ld:|-[SF]-\d|line \d/i;
/** The runner’s own last line, which says more than a status only where there is more after it. */
const SUMMARY = /^ERROR: Job failed(?:: (?!exit (?:code|status))(.*))?/;
/** Programs print these while they try things out, too. */
const WEAK = /(?:not found|No such file or directory|[Pp]ermission denied)$/;
/** Tools that only pass on that another one failed. */
const FOLLOWING = /^(?:g?make(?:\[\d+\])?: \*\*\*|ninja: build stopped|==> Error: ProcessError)/;

/**
 * Finds out why a job failed, from its log, line by line: what one of our own commands reported, else the first error
 * of the last phase of the build, else the first error at all. One log, one scan.
 */
export class FailureScan {
  readonly #before: string[] = [];
  #line: number;
  #open: Candidate[] = [];
  #candidates: Candidate[] = [];
  #earlier: Candidate | undefined;
  #summary: Candidate | undefined;
  #coded: Reported | undefined;
  #isAfterCoded = false;
  #lastError = 0;

  /** `skipped`: lines of the log before the first one that is added. */
  constructor(skipped = 0) {
    this.#line = skipped;
  }

  /** One line, without its newline. */
  add(raw: string): void {
    this.#line += 1;
    const line = plainLine(raw);
    for (const { after } of this.#open) after.push(line);
    this.#open = this.#open.filter(({ after }) => after.length < AFTER);
    this.#readHint(line);
    if (phaseNameIn(line) !== undefined) this.#beginPhase();
    else if (this.#coded === undefined && LIKELY.test(line)) this.#look(line);
    this.#before.push(line);
    if (this.#before.length > BEFORE) this.#before.shift();
  }

  /** Line of the last error that is a cause; 0 for a log without one. */
  get lastError(): number {
    return this.#lastError;
  }

  /** Undefined for a log without any error. */
  finish(): LogFailure | undefined {
    if (this.#coded !== undefined) return this.#ofCoded(this.#coded);
    const all = [...this.#candidates, ...(this.#earlier === undefined ? [] : [this.#earlier])];
    const shown = likeliest(all) ?? all[0] ?? this.#summary;
    if (shown === undefined) return undefined;
    const error = withoutLabel(shown);
    return { error, message: error, context: contextOf(shown) };
  }

  #beginPhase(): void {
    this.#earlier ??= this.#candidates[0];
    this.#candidates = [];
  }

  #look(line: string): void {
    const summary = SUMMARY.exec(line);
    if (summary !== null) {
      if (summary[1] !== undefined) this.#summary ??= this.#candidate(line);
      return;
    }
    const coded = readCodedError(line);
    if (coded !== undefined) {
      this.#coded = { error: coded, at: this.#candidate(line) };
      this.#isAfterCoded = true;
    } else if (kindOfLine(line) === 'error') {
      if (this.#candidates.length < MOST) this.#candidates.push(this.#candidate(line));
      if (isCause(line.trim())) this.#lastError = this.#line;
    }
  }

  /** The hint is below what the error quotes. */
  #readHint(line: string): void {
    if (this.#coded === undefined || !this.#isAfterCoded) return;
    const [, hint] = /^\s*hint: (.*)$/.exec(line) ?? [];
    if (hint === undefined) return;
    this.#coded.hint = hint;
    this.#isAfterCoded = false;
  }

  #candidate(text: string): Candidate {
    const candidate = { whole: text, text: text.trim(), line: this.#line, before: [...this.#before], after: [] };
    this.#open.push(candidate);
    return candidate;
  }

  /** The line that the command quotes is the one to look at; of a step that failed, the first error that it printed. */
  #ofCoded({ error, at, hint }: Reported): LogFailure {
    const { code, class: kind, package: name, phase, position, fact, message } = error;
    const quoted = this.#candidates.find(({ text }) => text.length > 7 && fact.includes(withoutLabel({ text })));
    const isStep = phase !== undefined && quoted === undefined && / at `/.test(fact);
    const first = isStep ? likeliest(this.#candidates) : quoted;
    const own = first !== undefined && isStep ? first.text : withoutStop(fact);
    return {
      error: own,
      message,
      code,
      class: kind,
      package: name,
      phase,
      position,
      hint,
      context: contextOf(first ?? at),
    };
  }
}

/** The first error; without one, the last line that programs print also while they try things out. */
function likeliest(candidates: readonly Candidate[]): Candidate | undefined {
  const first = candidates.find(({ text }) => isCause(text));
  return first ?? candidates.findLast(({ text }) => WEAK.test(text));
}

/** Whether an error is neither an attempt of a program nor the consequence of another error. */
function isCause(text: string): boolean {
  return !WEAK.test(text) && !FOLLOWING.test(text);
}

function contextOf({ whole, line, before, after }: Candidate): LogContext {
  const lines = [...before, whole, ...after];
  while (lines.length > before.length + 1 && lines.at(-1) === '') lines.pop();
  return { line, first: line - before.length, lines };
}

function withoutLabel({ text }: Pick<Candidate, 'text'>): string {
  return text.replace(/^(?:==> Error|(?:fatal )?error|ERROR|\[ERROR\]):? +/i, '').trim();
}

/** Finds out why a job failed from the text of a log, or of its end: `skipped` lines are before it. */
export function failureIn(log: string, skipped = 0): LogFailure | undefined {
  const scan = new FailureScan(skipped);
  for (const line of log.split('\n')) scan.add(line);
  return scan.finish();
}
