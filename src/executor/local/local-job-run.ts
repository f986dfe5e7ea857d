import type { Wait } from '../../kit/index.ts';
import { explain } from '../job-outcome.ts';
import { scriptLimits } from '../stages/script-limits.ts';
import type { ScriptLimits } from '../stages/script-limits.ts';
import { yellow } from '../section.ts';
import type { Shell } from '../shells/shell.ts';
import { submoduleStrategy } from '../workspace/submodules.ts';
import type { SubmoduleStrategy } from '../workspace/submodules.ts';
import type { ArtifactShelf } from '../artifacts/artifact-shelf.ts';
import type { LocalCaches } from './local-caches.ts';
import { differenceTo, localEnvironment, lookupIn, withStatus } from './local-environment.ts';
import type { LocalEnvironment } from './local-environment.ts';
import type { LocalJob, LocalOutcome } from './local-job.ts';
import { localScript } from './local-script.ts';
import { endProcesses, signalProcesses } from '../processes/process-endings.ts';
import type { JobTraces } from '../processes/process-endings.ts';
import type { Slot } from '../shells/slot.ts';
import type { Timer } from './timer.ts';
import { takeArtifacts } from './take-artifacts.ts';
import type { Tree } from '../workspace/tree-copy.ts';
import { makeWorkspace } from '../workspace/workspace.ts';
import type { Workspace } from '../workspace/workspace.ts';
import type { WorkspaceMeans } from '../workspace/workspace-means.ts';

export interface LocalJobSettings {
  readonly slot: Slot;
  readonly shelf: ArtifactShelf;
  readonly means: WorkspaceMeans;
  /** Absent in place, and where nothing is kept from run to run. */
  readonly caches?: LocalCaches;
  /** Files of submodules, to be laid over those of the working copy. */
  readonly submodules: (strategy: SubmoduleStrategy) => Promise<KeptSubmodules>;
  readonly shell: Shell;
  readonly isColoured: boolean;
  readonly wait: Wait;
  readonly timer: Timer;
  readonly grace: number;
  /** What the marker of every job of this run begins with. */
  readonly marker: string;
}

export interface KeptSubmodules {
  readonly tree: Tree;
  /** Those that are not checked out. */
  readonly missing: readonly string[];
}

const LINE_END = Buffer.from('\n');
/** Milliseconds between two looks whether a shell that must end has ended. */
const POLL = 20;

/** What ended a job before its time, or only its script: a cancellation, and a limit of the script's own. */
type Stop = 'canceled' | 'script-timeout' | 'timeout';

/** One job from its workspace to its artifacts, in GitLab's order. */
export class LocalJobRun {
  readonly #job: LocalJob;
  readonly #settings: LocalJobSettings;
  #stop: Stop | undefined;
  /** Whether what runs now must end. */
  #mustEnd = false;
  #isAfterScript = false;
  #isRunning = false;
  #hookCode = 0;
  #isLineEnded = true;

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
      await endProcesses(this.#traces, this.#settings);
      this.#say(`ERROR: ${explain(error)}`);
      return { state: 'failed', reason: 'runner_system_failure', dotenv: {} };
    } finally {
      canceled.removeEventListener('abort', onCancel);
      forgetTimer();
    }
  }

  async #runInWorkspace(): Promise<LocalOutcome> {
    const { slot, shelf, means } = this.#settings;
    const { preGetSources, shared } = this.#job;
    const always = { marker: this.#marker, project: slot.project };
    const environment = localEnvironment(this.#job, slot.commonFor(shared), always);
    const lookup = lookupIn(environment);
    const strategy = lookup('GIT_STRATEGY');
    const hasSources = strategy !== 'none' && strategy !== 'empty';
    const left = this.#job.inputs.flatMap((id) => shelf.tree(id) ?? []);
    const inputs = [...(hasSources ? await this.#submodules(submoduleStrategy(lookup)) : []), ...left];
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

  async #submodules(strategy: SubmoduleStrategy | undefined): Promise<readonly Tree[]> {
    if (strategy === undefined) return [];
    const { tree, missing } = await this.#settings.submodules(strategy);
    for (const path of missing)
      this.#say(yellow(`WARNING: the submodule ${path} is not checked out here; see git submodule update --init`));
    return [tree];
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
    const limits = scriptLimits(lookupIn(environment));
    const code = await this.#withLimit(limits.script, 'script-timeout', () =>
      this.#shell(script, workspace.within, environment),
    );
    const scripted = this.#outcomeOf(code);
    if (this.#isOutOfTime) return scripted;
    const outcome = await this.#runAfterScript(afterScript, workspace, { scripted, environment, limits });
    if (this.#isOutOfTime) return this.#outcomeOf(1);
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
    if (this.#stop === 'script-timeout') {
      this.#say('ERROR: Job failed: script exceeded RUNNER_SCRIPT_TIMEOUT');
      return { state: 'failed', reason: 'job_execution_timeout', dotenv };
    }
    if (this.#stop === 'canceled') return { state: 'canceled', dotenv };
    if (exitCode === 0) return { state: 'success', dotenv };
    return { state: 'failed', reason: 'script_failure', exitCode, dotenv };
  }

  /** In a shell and with a time limit of its own. The job's outcome stands, unless the job wants a failure of this to count. */
  async #runAfterScript(
    commands: readonly string[],
    workspace: Workspace,
    { scripted, environment, limits }: { scripted: LocalOutcome; environment: LocalEnvironment; limits: ScriptLimits },
  ): Promise<LocalOutcome> {
    if (commands.length === 0) return scripted;
    this.#mustEnd = false;
    this.#isAfterScript = true;
    const known = withStatus(environment, scripted.state);
    const code = await this.#withLimit(limits.afterScript, undefined, () =>
      this.#shell(commands, workspace.within, known),
    );
    if (code === 0) return scripted;
    if (!limits.isAfterScriptIgnored && scripted.state === 'success') return this.#outcomeOf(code);
    this.#say(yellow(`WARNING: after_script failed (exit code ${code}), but job will continue unaffected`));
    return scripted;
  }

  /** Ends what is done after so many milliseconds, and notes why, where that is to be noted. */
  async #withLimit<Result>(
    limit: number | undefined,
    stop: Stop | undefined,
    work: () => Promise<Result>,
  ): Promise<Result> {
    if (limit === undefined) return work();
    const forgetTimer = this.#settings.timer(limit, () => (stop === undefined ? this.#endNow() : this.#end(stop)));
    return work().finally(forgetTimer);
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
    const { exitCode, isAnyLeft } = await slot.keeper.job({ words: within, onOutput: (bytes) => this.#pass(bytes) });
    this.#isRunning = false;
    if (isAnyLeft || this.#mustEnd) await endProcesses(this.#traces, this.#settings);
    // What comes next is no part of this shell's last line.
    if (!this.#isLineEnded) this.#pass(LINE_END);
    return exitCode;
  }

  #end(stop: Stop): void {
    if (this.#stop === 'timeout' || (stop !== 'timeout' && (this.#isAfterScript || this.#stop !== undefined))) return;
    this.#stop = stop;
    this.#endNow();
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

  get #isOutOfTime(): boolean {
    return this.#stop === 'timeout';
  }

  get #traces(): JobTraces {
    return { group: this.#settings.slot.keeper.group, marker: this.#marker };
  }

  /** No job's marker begins with another's. */
  get #marker(): string {
    return `${this.#settings.marker}.${this.#job.id}.`;
  }

  #say(line: string): void {
    this.#pass(Buffer.from(`${line}\n`));
  }

  #pass(bytes: Buffer): void {
    this.#isLineEnded = bytes.at(-1) === LINE_END[0];
    this.#job.onOutput(bytes);
  }
}
