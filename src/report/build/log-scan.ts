import { kindOfLine, sourcePositionIn, type SourcePosition } from './log-patterns.ts';

/** A line of a log that speaks of a fault, with what stands around it. */
export interface LogEvent {
  readonly text: string;
  /** From 1, within the phase. */
  readonly line: number;
  readonly position?: SourcePosition;
  readonly before: readonly string[];
  readonly after: readonly string[];
  /** How often the very same line came again. */
  readonly repeats: number;
}

/** CDash takes no more without getting slow; neither Spack nor we send more. */
export const mostEvents = 50;
/** Lines before and after, as Spack sends them. */
const CONTEXT = 6;

interface OpenEvent extends LogEvent {
  readonly after: string[];
  repeats: number;
}

/**
 * Finds warnings and errors in a log, line by line; it keeps the first fifty of each, whatever the length
 * of the log. One log, one scan.
 */
export class LogScan {
  readonly #events = { error: new Map<string, OpenEvent>(), warning: new Map<string, OpenEvent>() };
  readonly #before: string[] = [];
  #open: OpenEvent[] = [];
  #line = 0;

  get errors(): readonly LogEvent[] {
    return [...this.#events.error.values()];
  }

  get warnings(): readonly LogEvent[] {
    return [...this.#events.warning.values()];
  }

  add(line: string): void {
    this.#line += 1;
    for (const event of this.#open) event.after.push(line);
    this.#open = this.#open.filter(({ after }) => after.length < CONTEXT);
    const kind = kindOfLine(line);
    if (kind !== undefined) this.#found(kind, line);
    this.#before.push(line);
    if (this.#before.length > CONTEXT) this.#before.shift();
  }

  #found(kind: 'error' | 'warning', line: string): void {
    const events = this.#events[kind];
    const text = line.trim();
    const same = events.get(text);
    if (same !== undefined) same.repeats += 1;
    if (same !== undefined || events.size >= mostEvents) return;
    const position = sourcePositionIn(line) ?? this.#positionAbove();
    const event: OpenEvent = {
      text,
      line: this.#line,
      position,
      before: [...this.#before],
      after: [],
      repeats: 0,
    };
    events.set(text, event);
    this.#open.push(event);
  }

  /** Fortran compilers print the position on a line of its own, then the source, and then the message. */
  #positionAbove(): SourcePosition | undefined {
    const line = this.#before.findLast((one) => /^\S+:\d+:\d+:$/.test(one));
    return line === undefined ? undefined : sourcePositionIn(line);
  }
}
