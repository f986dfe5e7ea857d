import { eachLine, messageOf, spawnProgram } from '../../kit/index.ts';
import type { BuildLog } from '../builder.ts';
import { builderError } from '../errors.ts';
import { killTree } from './kill-tree.ts';
import type { Invocation } from './namespace.ts';
import { readMark } from './step-script.ts';

const TAIL = 20;

interface Step {
  readonly package: string;
  readonly name: 'build' | 'install' | 'test';
  readonly commands: readonly string[];
  /** Where the step is written, as `file:line:column`. */
  readonly place: string;
  readonly invocation: Invocation;
  readonly workFolder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly log: BuildLog;
  readonly signal?: AbortSignal;
}

type Ending = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

/** Runs one step to its end. Fails with the command that failed, its status, and the last lines of the log. */
export async function runStep(step: Step): Promise<void> {
  const { package: name, name: stepName } = step;
  if (isStopped(step)) throw builderError('BUILD_CANCELED', { package: name, step: stepName });
  const tail: string[] = [];
  let current = 0;
  const hear = (line: string): void => {
    const mark = readMark(line);
    const text = mark === undefined ? line : mark.before;
    if (mark === undefined || text !== '') {
      step.log(text);
      tail.push(text);
      if (tail.length > TAIL) tail.shift();
    }
    if (mark === undefined) return;
    current = mark.command;
    step.log(`$ ${step.commands[current] ?? ''}`);
  };
  const ending = await runProcess(step, hear);
  if (isStopped(step)) throw builderError('BUILD_CANCELED', { package: name, step: stepName });
  if (ending.code === 0) return;
  throw builderError('BUILD_STEP_FAILED', {
    package: name,
    step: stepName,
    outcome: ending.code === null ? `was killed by ${ending.signal}` : `failed with exit status ${ending.code}`,
    place: step.place,
    command: firstLine(step.commands[current] ?? ''),
    tail: tail.map((line) => `\n  | ${line}`).join(''),
  });
}

/** A command of many lines stands in the log as a whole; its failure is told in one. */
function firstLine(command: string): string {
  const [first = '', ...others] = command.trim().split('\n');
  return others.length === 0 ? first : `${first} …`;
}

function isStopped(step: Step): boolean {
  return step.signal?.aborted ?? false;
}

/** The child stays in the caller's process group, so that whoever ends the job's group ends it too. */
async function runProcess(step: Step, hear: (line: string) => void): Promise<Ending> {
  const { program, args } = step.invocation;
  const child = spawnProgram(program, args, {
    cwd: step.workFolder,
    env: step.environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stop = (): void => {
    if (child.pid !== undefined) killTree(child.pid);
  };
  step.signal?.addEventListener('abort', stop, { once: true });
  for (const stream of [child.stdout, child.stderr]) eachLine(stream, hear);
  try {
    return await new Promise<Ending>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => resolve({ code, signal }));
    });
  } catch (error) {
    const details = {
      package: step.package,
      step: step.name,
      reason: messageOf(error),
      path: step.environment['PATH'],
    };
    throw builderError('BUILD_SHELL_MISSING', details, { cause: error });
  } finally {
    step.signal?.removeEventListener('abort', stop);
  }
}
