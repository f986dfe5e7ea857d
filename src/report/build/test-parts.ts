import { Tail } from './tail.ts';

/** One test of a package, from a log. */
export interface RecordedTest {
  readonly name: string;
  readonly description?: string;
  readonly command: string;
  readonly status: 'passed' | 'failed' | 'notrun';
  readonly seconds: number;
  readonly output: string;
}

interface OpenTest {
  name: string;
  description?: string;
  command: string;
  status?: RecordedTest['status'];
  readonly began: number;
  ended: number;
  readonly output: Tail;
}

const RECIPE_COMMAND = /^\$ (.*)$/;
const RUN = /^==> (?:\[[^\]]*\] )?RUN-TESTS: (\w+-time) tests \[([^\]]+)\]/;
const METHOD_MISSING = /RUN-TESTS: method not implemented \[([^\]]+)\]/;
const PART = /^==> (?:\[[^\]]*\] )?test: ([^:]+): ?(.*)$/;
const COMMAND = /^==> (?:\[[^\]]*\] )?('.*')$/;
const STATUS = /^(PASSED|FAILED|SKIPPED|NO_TESTS)\b/;

const statuses = { PASSED: 'passed', FAILED: 'failed', SKIPPED: 'notrun', NO_TESTS: 'notrun' } as const;

/** Tests kept, and characters of each one's output, from its end, and of its commands. */
const MOST = 1000;
const OUTPUT = 20_000;
const COMMANDS = 2000;

/**
 * Takes the tests out of the testing part of a log: each command of a recipe's `test`, each part of Spack's stand-alone
 * tests, each method of its build-time tests.
 */
export class TestParts {
  readonly #tests: OpenTest[] = [];

  /** `at`: milliseconds since 1970. */
  add(line: string, at: number): void {
    const begun = beginOf(line);
    const current = this.#tests.at(-1);
    if (current !== undefined) current.ended = at;
    if (begun !== undefined) {
      if (this.#tests.length < MOST) this.#tests.push({ ...begun, began: at, ended: at, output: new Tail(OUTPUT) });
      return;
    }
    if (current === undefined) return;
    const command = COMMAND.exec(line)?.[1]?.replaceAll("'", '');
    if (command !== undefined && current.command.length < COMMANDS)
      current.command += current.command === '' ? command : `; ${command}`;
    const status = STATUS.exec(line)?.[1] as keyof typeof statuses | undefined;
    // A part with a failed part fails itself; no later status changes that.
    if (status !== undefined && current.status !== 'failed') current.status = statuses[status];
    current.output.add(line);
  }

  /** All tests. A test without a status has passed, but the last one of failed tests has failed. */
  finish(at: number, hasFailed: boolean): readonly RecordedTest[] {
    const last = this.#tests.at(-1);
    if (last !== undefined) last.ended = at;
    const hasReported = this.#tests.some(({ status }) => status === 'failed');
    return this.#tests.map(({ began, ended, output, status, ...test }) => ({
      ...test,
      status: status ?? (hasFailed && !hasReported && test.name === last?.name ? 'failed' : 'passed'),
      seconds: Math.max(0, ended - began) / 1000,
      output: output.text.replace(/\n$/, ''),
    }));
  }
}

function beginOf(line: string): { name: string; description?: string; command: string; status?: 'failed' } | undefined {
  const [, command] = RECIPE_COMMAND.exec(line) ?? [];
  if (command !== undefined) return { name: command.slice(0, 200), command };
  const [, name, description = ''] = PART.exec(line) ?? [];
  if (name !== undefined) return { name: name.trim(), description, command: '' };
  const [, when = '', method] = RUN.exec(line) ?? [];
  if (method !== undefined) return { name: method, description: `${when} test`, command: '' };
  const missing = METHOD_MISSING.exec(line)?.[1];
  return missing === undefined ? undefined : { name: missing, command: '', status: 'failed' };
}
