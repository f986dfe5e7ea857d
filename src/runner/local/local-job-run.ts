import type { Wait } from '../../kit/index.ts';
import { explain } from '../job-outcome.ts';
import { yellow } from '../section.ts';
import type { Shell } from '../shell.ts';
import type { ArtifactShelf } from './artifact-shelf.ts';
import type { LocalCaches } from './local-caches.ts';
import { localEnvironment } from './local-environment.ts';
import type { LocalEnvironment } from './local-environment.ts';
import type { LocalJob, LocalOutcome } from './local-job.ts';
import { isExportable, localScript } from './local-script.ts';
import { endProcesses, signalProcesses } from './process-endings.ts';
import type { JobTraces } from './process-endings.ts';
import type { Slot } from './slot.ts';
import type { Timer } from './timer.ts';
import { takeArtifacts } from './take-artifacts.ts';
import { makeWorkspace } from './workspace.ts';
import type { Workspace } from './workspace.ts';
import type { WorkspaceMeans } from './workspace-means.ts';

export interface LocalJobSettings {
  readonly slot: Slot;
  readonly shelf: ArtifactShelf;
  readonly means: WorkspaceMeans;
  /** Absent in place, and where nothing is kept from run to run. */
  readonly caches?: LocalCaches;
  readonly shell: Shell;
  readonly isColoured: boolean;
  readonly wait: Wait;
  readonly timer: Timer;
  readonly grace: number;
  /** What the marker of every job of this run begins with. */
  readonly marker: string;
}

const AFTER_SCRIPT_LIMIT = 5 * 60_000;
/** Milliseconds between two looks whether a shell that must end has ended. */
const POLL = 20;

/** What ended a job before its time. */
type Stop = 'canceled' | 'timeout';

/** One job from its workspace to its artifacts, in GitLab's order. A cancellation ends the script only, a timeout all. */
export class LocalJobRun {
  readonly #job: LocalJob;
  readonly #settings: LocalJobSettings;
  #stop: Stop | undefined;
  /** Whether what runs now must end. */
  #mustEnd = false;
  #isAfterScript = false;
  #isRunning = false;
  #hookCode = 0;

  constructor(job: LocalJob, settings: LocalJobSettings) {
    this.#job = job;
    this.#settings = settings;
  }

  async run(canceled: AbortSignal): Promise<LocalOutcome> {
    const forgetTimer = this.#settings.timer(this.#job.timeout * 1000, () => this.#end('timeout'));
    const onCancel = () => this.#end('canceled');
    if (canceled.aborted) onCancel();
    else canceled.addEventListener('abort', onCancel);
    try {
      return await this.#runInWorkspace();
    } catch (error) {
      this.#say(`ERROR: ${explain(error)}`);
      return { state: 'failed', reason: 'runner_system_failure', dotenv: {} };
    } finally {
      canceled.removeEventListener('abort', onCancel);
      forgetTimer();
    }
  }

  async #runInWorkspace(): Promise<LocalOutcome> {
    const { slot, shelf, means } = this.#settings;
    const inputs = this.#job.inputs.flatMap((id) => shelf.tree(id) ?? []);
    const strategy = this.#job.variables['GIT_STRATEGY']?.value ?? this.#job.shared['GIT_STRATEGY'];
    const hasSources = strategy !== 'none' && strategy !== 'empty';
    const { preGetSources, shared } = this.#job;
    const always = { marker: this.#marker, project: slot.project };
    const environment = localEnvironment(this.#job, slot.commonFor(shared), always);
    const { caches } = this.#settings;
    const workspace = await makeWorkspace(means, slot, {
      hasSources,
      inputs,
      ...(preGetSources === undefined ? {} : { beforeSources: (within) => this.#runHook(within, environment) }),
      restore: async (folder) => caches?.restore(this.#job, { folder, environment, project: slot.project }),
    });
    try {
      return await this.#runScripts(workspace, environment);
    } finally {
      await workspace.remove();
    }
  }

  /** A failure of it fails the job before its script, and after_script has no turn either. */
  async #runHook(within: Workspace['within'], environment: LocalEnvironment): Promise<void> {
    this.#hookCode = await this.#shell(this.#job.preGetSources ?? [], within, environment);
  }

  async #runScripts(workspace: Workspace, environment: LocalEnvironment): Promise<LocalOutcome> {
    const { slot, shelf, means, caches } = this.#settings;
    const { id, script, afterScript, artifacts } = this.#job;
    const { project } = slot;
    if (this.#hookCode !== 0) return this.#outcomeOf(this.#hookCode);
    const code = await this.#shell(script, workspace.within, environment);
    const outcome = this.#outcomeOf(code);
    if (this.#stop === 'timeout') return outcome;
    await this.#runAfterScript(afterScript, workspace, withStatus(environment, outcome.state));
    await caches?.keep(this.#job, { workspace, environment, project, isSuccess: outcome.state === 'success' });
    if (artifacts === undefined) return outcome;
    const kept = means.kind === 'in-place' ? undefined : shelf;
    const say = (line: string) => this.#say(line);
    return takeArtifacts({ id, artifacts, outcome, workspace, project, environment, shelf: kept, say });
  }

  #outcomeOf(exitCode: number): LocalOutcome {
    const dotenv = {};
    if (this.#stop === 'timeout') {
      this.#say(`ERROR: Job failed: execution took longer than ${this.#job.timeout} seconds`);
      return { state: 'failed', reason: 'job_execution_timeout', dotenv };
    }
    if (this.#stop === 'canceled') return { state: 'canceled', dotenv };
    if (exitCode === 0) return { state: 'success', dotenv };
    return { state: 'failed', reason: 'script_failure', exitCode, dotenv };
  }

  /** In a shell and with a time limit of its own. Whatever comes of it, the job's outcome stands. */
  async #runAfterScript(
    commands: readonly string[],
    workspace: Workspace,
    environment: LocalEnvironment,
  ): Promise<void> {
    if (commands.length === 0) return;
    this.#mustEnd = false;
    this.#isAfterScript = true;
    const forgetTimer = this.#settings.timer(AFTER_SCRIPT_LIMIT, () => this.#endNow());
    const code = await this.#shell(commands, workspace.within, environment);
    forgetTimer();
    if (code !== 0)
      this.#say(yellow(`WARNING: after_script failed (exit code ${code}), but job will continue unaffected`));
  }

  async #shell(
    commands: readonly string[],
    within: Workspace['within'],
    environment: LocalEnvironment,
  ): Promise<number> {
    if (this.#mustEnd) return 143;
    const { slot, shell, isColoured } = this.#settings;
    const { exports, unset } = differenceTo(slot.environment, environment);
    slot.script.write(localScript(shell, { commands, folder: slot.project, exports, unset, isColoured }));
    this.#isRunning = true;
    const { exitCode, isAnyLeft } = await slot.keeper.job({ words: within, onOutput: this.#job.onOutput });
    this.#isRunning = false;
    if (isAnyLeft || this.#mustEnd) await endProcesses(this.#traces, this.#settings);
    return exitCode;
  }

  #end(stop: Stop): void {
    if (this.#stop === 'timeout') return;
    this.#stop = this.#isAfterScript && stop === 'canceled' ? this.#stop : stop;
    if (stop === 'timeout' || !this.#isAfterScript) this.#endNow();
  }

  #endNow(): void {
    this.#mustEnd = true;
    void this.#endRunning();
  }

  /** SIGTERM once, and SIGKILL after the grace until the shell is gone. It may be that it has only just been started. */
  async #endRunning(): Promise<void> {
    const { wait, grace } = this.#settings;
    let isAsked = false;
    let waited = 0;
    while (this.#isRunning) {
      if (waited >= grace) signalProcesses(this.#traces, 'SIGKILL');
      else isAsked ||= this.#traces.group !== undefined && signalProcesses(this.#traces, 'SIGTERM') > 0;
      await wait(POLL);
      waited += POLL;
    }
  }

  get #traces(): JobTraces {
    return { group: this.#settings.slot.keeper.group, marker: this.#marker };
  }

  /** No job's marker begins with another's. */
  get #marker(): string {
    return `${this.#settings.marker}.${this.#job.id}.`;
  }

  #say(line: string): void {
    this.#job.onOutput(Buffer.from(`${line}\n`));
  }
}

function withStatus({ common, own }: LocalEnvironment, status: string): LocalEnvironment {
  return { common, own: { ...own, CI_JOB_STATUS: status } };
}

/** What a script must say about its environment where its shell begins with another. */
function differenceTo(
  begun: Texts,
  { common, own }: LocalEnvironment,
): { readonly exports: Texts; readonly unset: readonly string[] } {
  if (begun === common) return { exports: own, unset: [] };
  const isMissing = (name: string) => !Object.hasOwn(common, name) && !Object.hasOwn(own, name);
  return {
    exports: { ...common, ...own },
    unset: Object.keys(begun).filter((name) => isMissing(name) && isExportable(name)),
  };
}

type Texts = Readonly<Record<string, string>>;
