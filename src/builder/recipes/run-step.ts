import { messageOf } from '../../kit/index.ts';
import type { BuildLog } from '../builder.ts';
import { builderError } from '../errors.ts';
import { runInvocation } from '../run-invocation.ts';
import type { Invocation } from './namespace.ts';

const TAIL = 20;

interface Step {
  readonly package: string;
  readonly name: 'build' | 'install' | 'test';
  readonly commands: readonly string[];
  /** Where the step is written, as `file:line:column`. */
  readonly position: string;
  readonly invocation: Invocation;
  readonly workFolder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly jobserver?: string;
  readonly log: BuildLog;
  readonly signal?: AbortSignal;
}

/** Runs one step to its end. Fails with the command that failed, its status, and the last lines of the log. */
export async function runStep(step: Step): Promise<void> {
  const { package: name, name: stepName, commands, position, log, signal } = step;
  const details = { package: name, step: stepName };
  if (signal?.aborted === true) throw builderError('BUILD_CANCELED', details);
  const tail: string[] = [];
  let current = '';
  const onLine = (line: string): void => {
    const mark = readMark(line);
    const text = mark?.before ?? line;
    if (mark === undefined || text !== '') {
      log(text);
      if (tail.push(text) > TAIL) tail.shift();
    }
    if (mark === undefined) return;
    current = commands[mark.command] ?? '';
    log(`$ ${current}`);
  };
  const ending = await runInvocation(step.invocation, { ...step, onLine }).catch((error: unknown) => {
    const path = step.environment['PATH'];
    throw builderError('BUILD_SHELL_MISSING', { ...details, reason: messageOf(error), path }, { cause: error });
  });
  if (signal?.aborted) throw builderError('BUILD_CANCELED', details);
  if (ending.code === 0) return;
  throw builderError('BUILD_STEP_FAILED', {
    ...details,
    outcome: ending.code === null ? `signal ${ending.signal}` : `exit status ${ending.code}`,
    position,
    command: firstLine(current || (commands[0] ?? '')),
    tail: tail.map((line) => `\n  | ${line}`).join(''),
  });
}

/** The log has a command of many lines as a whole; its failure is reported in one. */
function firstLine(command: string): string {
  const [first = '', ...others] = command.trim().split('\n');
  return others.length === 0 ? first : `${first} …`;
}

/** Begins a line with the number of the next command of a step; no build prints this byte by chance. */
const MARK = '\u0001slipway:';

/**
 * The text that `sh` runs for a step: the commands in one shell, each announced by a marked line on the output, so
 * that the log can show it and a failure can name it. Ends at the first command that fails.
 */
export function stepScript(commands: readonly string[]): string {
  const announced = commands.map((command, index) => `printf '${MARK}%d\\n' ${index}\n${command}\n`);
  return ['exec 2>&1', 'set -eu', ...announced].join('\n');
}

/** Splits a line of the output at a mark: what stood before it, and the index of the command that begins. */
function readMark(line: string): { readonly before: string; readonly command: number } | undefined {
  const at = line.lastIndexOf(MARK);
  const digits = line.slice(at + MARK.length);
  return at >= 0 && /^\d+$/.test(digits) ? { before: line.slice(0, at), command: Number(digits) } : undefined;
}
