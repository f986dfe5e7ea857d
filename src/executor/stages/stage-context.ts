import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../kit/index.ts';
import type { JobResponse } from '../../protocol/index.ts';
import type { TransferContext } from '../artifacts/artifact-transfer.ts';
import type { CacheFolder } from '../caches/cache-folder.ts';
import { JobFailure } from '../job-outcome.ts';
import { hiddenHint } from '../sandbox/hidden-hint.ts';
import { exportLines, sandboxInvocation } from '../sandbox/sandbox.ts';
import type { SandboxSettings } from '../sandbox/sandbox.ts';
import { sectionEnd, sectionStart, yellow } from '../section.ts';
import type { SectionName } from '../section.ts';
import { runSession } from '../shells/session.ts';
import type { SessionOwner } from '../shells/session.ts';
import type { Shell } from '../shells/shell.ts';

export interface StageContext extends TransferContext {
  readonly job: JobResponse;
  readonly owner: SessionOwner;
  readonly shell: Shell;
  /** Where it is set, every command of the job runs in a sandbox. */
  readonly sandbox?: SandboxSettings;
  /** Printed at the start of the log. */
  readonly warning?: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Absent: nothing is kept from job to job. */
  readonly caches?: CacheFolder;
  readonly clock: Clock;
  /** Adds to the job's log as it is. */
  readonly write: (chunk: string | Uint8Array) => void;
  /** Aborted when all must end: time is up, nobody wants the result, the runner stops. */
  readonly signal: AbortSignal;
  /** Aborted when only the script must end. */
  readonly canceled: AbortSignal;
}

export async function section<T>(
  context: StageContext,
  name: SectionName,
  ...[title, work]: [string, () => Promise<T>]
): Promise<T> {
  context.write(sectionStart(name, title, context.clock));
  try {
    return await work();
  } finally {
    context.write(sectionEnd(name, context.clock));
  }
}

export interface ScriptRun {
  readonly name: string;
  readonly text: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Where its output goes instead of the log. */
  readonly onOutput?: (bytes: Buffer) => void;
}

/** The exit status of a shell that found no such program. */
const NOT_FOUND = 127;

/** Runs a script as the job runs: in its sandbox, and with no process left behind. */
export async function runText(context: StageContext, script: ScriptRun): Promise<number> {
  const code = await runInPlace(context, script);
  const { environment, text } = script;
  const named = { path: environment['PATH'] ?? '', script: text, workspace: context.workspace };
  const hint = code === NOT_FOUND ? hiddenHint(context.sandbox, named) : undefined;
  if (hint !== undefined) context.say(yellow(hint));
  return code;
}

async function runInPlace(context: StageContext, script: ScriptRun): Promise<number> {
  const { name, text, environment, signal, onOutput = context.write } = script;
  const file = join(context.workspace, `${name}.sh`);
  const command = [context.shell.program, file] as const;
  const { workspace, project, sandbox } = context;
  const rest = { folder: project, onOutput, signal };
  if (sandbox === undefined) {
    await writeFile(file, text, { mode: 0o600 });
    return runSession(context.owner, { program: command[0], arguments: [file], environment, ...rest });
  }
  const home = join(workspace, 'home');
  // What protected jobs keep on the machine is read by protected jobs alone; all others begin with nothing.
  const shared = context.job.trust === 'protected' ? (sandbox.caches ?? []) : [];
  const named = shared.find((folder) => folder === environment['SLIPWAY_CACHE']) ?? shared[0];
  const cache = named ?? join(home, '.cache');
  await writeFile(file, exportLines({ ...environment, SLIPWAY_CACHE: cache }) + text, { mode: 0o600 });
  const own = [project, home, join(workspace, 'tmp')];
  const place = { workspace, writable: named === undefined ? own : [...own, named] };
  const invocation = await sandboxInvocation(sandbox, place, command);
  return runSession(context.owner, { ...invocation, ...rest, isContained: true });
}

export function either(context: StageContext): AbortSignal {
  return AbortSignal.any([context.signal, context.canceled]);
}

/** Before the script has begun, a cancellation ends the job outright. */
export function stopIfEnded(context: StageContext): void {
  context.signal.throwIfAborted();
  if (context.canceled.aborted) throw new JobFailure('job_canceled', 'canceled');
}
