import { mkdtemp } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { JobResponse } from '../../protocol/index.ts';
import { JobFailure } from '../job-outcome.ts';
import { findSandbox } from '../sandbox/find-sandbox.ts';
import type { Mechanism } from '../sandbox/mechanism.ts';
import type { SandboxView } from '../sandbox/mounts.ts';
import { sandboxCommand } from '../sandbox/sandbox-command.ts';
import type { SandboxSettings } from '../sandbox/sandbox.ts';
import { syscallFilterIn } from '../sandbox/syscall-filter.ts';
import { systemPlaces } from '../sandbox/system-places.ts';
import { unseenHint } from '../sandbox/unseen-hint.ts';
import { defaultLimits, LimitGuard } from '../limits/limit-guard.ts';
import { red, yellow } from '../section.ts';
import { systemWait } from '../../kit/index.ts';
import { JOBSERVER_VARIABLE } from '../jobserver/jobserver.ts';
import type { Environment, JobShell, Script } from './job-shell.ts';
import type { ShellJob } from './kept-shell.ts';
import { scriptText } from './script-text.ts';
import { untilAborted } from './until-aborted.ts';

interface SandboxedJob {
  readonly job: JobResponse;
  /** Folder of the workspace, with the project and `home`. */
  readonly folder: string;
  readonly sandbox: SandboxSettings;
}

/** The exit status of a shell that found no such program. */
const NOT_FOUND = 127;
/** Where a job's script and the folder with the pipe of its tokens are in the sandbox. */
const SCRIPT = '/run/slipway/script.sh';
const JOBSERVER = '/run/slipway/jobserver';

/** Runs each script in a sandbox of its own: no process of it outlives it. */
export class SandboxedShell implements JobShell {
  readonly #shell: ShellJob;
  readonly #job: SandboxedJob;
  #sandbox: SandboxSettings;
  #scripts = 0;

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

  async run({ commands, isShown, environment, onOutput, signal, onUsage }: Script): Promise<number> {
    const { slot, marker, project, isColoured } = this.#shell;
    const { folder } = this.#job;
    const mechanism = this.#sandbox.mechanism ?? (await knownMechanism());
    const { writable, cache } = this.#writable(environment);
    const hasTokens = environment[JOBSERVER_VARIABLE] === slot.tokens;
    const text = scriptText(slot.shell.name, {
      commands,
      isShown,
      isColoured,
      folder: project,
      environment: {
        ...environment,
        SLIPWAY_CACHE: cache,
        ...(hasTokens && { [JOBSERVER_VARIABLE]: join(JOBSERVER, basename(slot.tokens)) }),
      },
      begun: slot.environment,
    });
    const { hidden, readable } = this.#sandbox;
    const temporary = await mkdtemp(join(folder, 'scratch-'));
    const state = dirname(slot.folder);
    const system = systemPlaces(state);
    const view: SandboxView = {
      readable: [...system.readable, slot.shell.program, join(folder, 'files'), ...readable],
      writable,
      hidden,
      temporary,
      renamed: {
        ...system.renamed,
        [SCRIPT]: slot.script.path,
        ...(hasTokens && { [JOBSERVER]: dirname(slot.tokens) }),
      },
      folder: project,
      network: 'slot',
    };
    const { limits = defaultLimits } = this.#sandbox;
    this.#scripts += 1;
    const name = `${marker}-${this.#scripts}`;
    const guard = new LimitGuard({ name, limits, folder, group: () => slot.group, wait: systemWait });
    const plan = { view, filter: syscallFilterIn(state), before: guard.entering };
    const enter = sandboxCommand(mechanism, plan, [slot.shell.program, SCRIPT, 'inside']);
    // The same file is read outside and inside: outside, its first line replaces the shell.
    slot.script.write(`if [ $# -eq 0 ]; then ${enter}; fi; shift\n${text}`);
    const before = slot.cpuSeconds;
    const { code, message } = await guard.run(() => slot.run({ marker, onOutput, signal }));
    onUsage?.({ ...guard.usage, cpuSeconds: slot.cpuSeconds - before });
    if (message !== undefined) onOutput(Buffer.from(`\n${red(message)}\n`));
    const seen = [...readable, ...writable];
    const hint = code === NOT_FOUND ? unseenHint({ path: environment['PATH'] ?? '', script: text, seen }) : undefined;
    if (hint !== undefined) onOutput(Buffer.from(`${yellow(hint)}\n`));
    return code;
  }

  /** What protected jobs keep on the machine is read by protected jobs alone; all others begin with nothing. */
  #writable(environment: Environment): { readonly writable: readonly string[]; readonly cache: string } {
    const { job, folder, sandbox } = this.#job;
    const shared = job.trust === 'protected' ? (sandbox.caches ?? []) : [];
    const named = shared.find((path) => path === environment['SLIPWAY_CACHE']) ?? shared[0];
    const more = sandbox.writable ?? [];
    const own = [this.#shell.project, join(folder, 'home'), join(folder, 'tmp'), ...more];
    if (named === undefined) return { writable: own, cache: join(folder, 'home', '.cache') };
    return { writable: [...own, named], cache: named };
  }
}

async function knownMechanism(): Promise<Mechanism> {
  const found = await findSandbox();
  if (found.mechanism !== undefined) return found.mechanism;
  throw new JobFailure('runner_system_failure', `no sandbox works on this machine (${found.reason}). ${found.remedy}`);
}
