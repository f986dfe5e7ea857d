import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobResponse } from '../../protocol/index.ts';
import { MARKER_VARIABLE } from '../processes/marked-processes.ts';
import { hiddenHint } from '../sandbox/hidden-hint.ts';
import { sandboxInvocation, type SandboxSettings } from '../sandbox/sandbox.ts';
import { yellow } from '../section.ts';
import type { Environment, JobShell, Script } from './job-shell.ts';
import type { ShellJob } from './kept-shell.ts';
import { scriptText } from './script-text.ts';
import { quoteForShell } from './shell.ts';

interface SandboxedJob {
  readonly job: JobResponse;
  /** Folder of the workspace, with the project and `home`. */
  readonly folder: string;
  readonly sandbox: SandboxSettings;
}

/** The exit status of a shell that found no such program. */
const NOT_FOUND = 127;

/** Runs each script in a sandbox of its own: no process of it outlives it. */
export class SandboxedShell implements JobShell {
  readonly #shell: ShellJob;
  readonly #job: SandboxedJob;
  #sandbox: SandboxSettings;

  constructor(shell: ShellJob, job: SandboxedJob) {
    this.#shell = shell;
    this.#job = job;
    this.#sandbox = job.sandbox;
  }

  /** Adds what the operator's side prepares for the job: folders that it reads, and their variables. */
  async prepare({ print, signal }: Parameters<NonNullable<JobShell['prepare']>>[0]): Promise<Environment> {
    const { job, sandbox } = this.#job;
    if (sandbox.prepare === undefined) return {};
    const prepared = await untilAborted(sandbox.prepare({ job, project: this.#shell.project, print }), signal);
    if (prepared === undefined) return {};
    this.#sandbox = { ...sandbox, readable: [...sandbox.readable, ...prepared.readable] };
    return prepared.variables;
  }

  async run({ commands, isShown, environment, onOutput, signal }: Script): Promise<number> {
    const { slot, marker, project, isColoured } = this.#shell;
    const { folder } = this.#job;
    const file = join(folder, 'script.sh');
    const { writable, cache } = this.#writable(environment);
    const text = scriptText(slot.shell.name, {
      commands,
      isShown,
      isColoured,
      folder: project,
      environment: { ...environment, SLIPWAY_CACHE: cache },
    });
    await writeFile(file, text, { mode: 0o600 });
    const command = [slot.shell.program, file];
    const invocation = await sandboxInvocation(this.#sandbox, { workspace: folder, writable }, command);
    const own = Object.entries({ ...invocation.environment, [MARKER_VARIABLE]: marker });
    const words = ['env', '-i', ...own.map(([name, value]) => `${name}=${value}`), invocation.program];
    slot.script.write(`exec ${[...words, ...invocation.arguments].map(quoteForShell).join(' ')}\n`);
    const code = await slot.run({ marker, onOutput, signal });
    const named = { path: environment['PATH'] ?? '', script: text, workspace: folder };
    const hint = code === NOT_FOUND ? hiddenHint(this.#sandbox, named) : undefined;
    if (hint !== undefined) onOutput(Buffer.from(`${yellow(hint)}\n`));
    return code;
  }

  /** What protected jobs keep on the machine is read by protected jobs alone; all others begin with nothing. */
  #writable(environment: Environment): { readonly writable: readonly string[]; readonly cache: string } {
    const { job, folder, sandbox } = this.#job;
    const shared = job.trust === 'protected' ? (sandbox.caches ?? []) : [];
    const named = shared.find((path) => path === environment['SLIPWAY_CACHE']) ?? shared[0];
    const own = [this.#shell.project, join(folder, 'home'), join(folder, 'tmp')];
    if (named === undefined) return { writable: own, cache: join(folder, 'home', '.cache') };
    return { writable: [...own, named], cache: named };
  }
}

/** Others may wait for the same work, so it goes on when this job has ended. */
async function untilAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error);
  });
  signal.addEventListener('abort', stop, { once: true });
  try {
    signal.throwIfAborted();
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
