import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobResponse } from '../protocol/index.ts';
import { RunnerApiExchange, type RunResult } from './exchange/runner-api-exchange.ts';
import { baseEnvironment, makeJobEnvironment } from './job-environment.ts';
import { JOBSERVER_VARIABLE } from './jobserver/jobserver.ts';
import { jobMarker } from './job-marker.ts';
import { JobFailure, type JobOutcome } from './job-outcome.ts';
import type { JobSettings } from './job-settings.ts';
import { containerOf } from './containers/runner-containers.ts';
import { runJob } from './run-job.ts';
import { needsSandbox } from './sandbox/sandbox.ts';
import { yellow } from './section.ts';
import { NO_NAMESPACE } from './network/network-namespace.ts';
import { shellWarnings } from './shell-warnings.ts';
import type { Environment } from './shells/job-shell.ts';
import type { ContainerSettings } from './containers/container-settings.ts';
import { ContainerShell } from './shells/container-shell.ts';
import { KeptShell, type ShellJob } from './shells/kept-shell.ts';
import { SandboxedShell } from './shells/sandboxed-shell.ts';
import type { Slot } from './shells/slot.ts';
import type { JobContext } from './stages/job-context.ts';
import { ownFolder, type Workspace } from './workspace/workspace.ts';

/** Milliseconds between SIGTERM and SIGKILL to what runs in a container. */
const GRACE = 5000;

/** One job from its assignment to its last update, in a folder of its own that is gone afterwards. */
export class JobRun {
  readonly job: JobResponse;
  readonly #settings: JobSettings;
  readonly #exchange: RunnerApiExchange;
  readonly #folder: string;
  readonly #marker: string;
  readonly #interrupted = new AbortController();

  constructor(job: JobResponse, settings: JobSettings) {
    const { network, sandbox } = settings;
    this.job = sandbox.mode === 'always' ? (network?.adapt?.(job) ?? job) : job;
    this.#settings = settings;
    this.#folder = join(settings.workFolder, String(job.id));
    this.#marker = jobMarker(settings.marker, job.id);
    const { signal: interrupted } = this.#interrupted;
    this.#exchange = new RunnerApiExchange(this.job, { settings, folder: this.#folder, interrupted });
  }

  /** Ends the job at once and reports nothing: it will be queued again. */
  interrupt(): void {
    this.#interrupted.abort();
  }

  /** Asks the server now whether the job is still wanted, instead of at the next piece of log or heartbeat. */
  touch(): Promise<void> {
    return this.#exchange.touch();
  }

  /** Runs the job to its end. It stays in the journal if it was interrupted. */
  async run(): Promise<RunResult> {
    const { journal, log } = this.#settings;
    try {
      const result = await this.#runInSlot().catch((error: unknown) => {
        log.error({ err: error, job: this.job.id }, 'job could not be run');
        return this.#interrupted.signal.aborted ? 'interrupted' : this.#exchange.reportBroken(error);
      });
      if (result !== 'interrupted') await journal.forget(String(this.job.id));
      return result;
    } finally {
      this.#exchange.end();
    }
  }

  async #runInSlot(): Promise<RunResult> {
    const { slots, journal, base, path } = this.#settings;
    const slot = await slots.take();
    try {
      // Nothing of one job may be in the environment of the next.
      const own = baseEnvironment({ base, ...(path === undefined ? {} : { path }) });
      const environment = slot.network?.extend(own) ?? own;
      slot.start(environment);
      const { leader } = slot;
      const entry = { jobId: String(this.job.id), marker: this.#marker, workspace: this.#folder };
      await journal.record({ ...entry, ...(leader === undefined ? {} : { leader }) });
      await this.touch();
      return this.#exchange.abandoned.aborted ? 'dropped' : await this.#runInFolder(slot, environment);
    } finally {
      slots.release(slot);
    }
  }

  async #runInFolder(slot: Slot, environment: Environment): Promise<RunResult> {
    const exchange = this.#exchange;
    try {
      const workspace = await ownFolder(slot, this.#folder);
      const shellIn = (project: string) => new KeptShell({ slot, marker: this.#marker, project, isColoured: false });
      exchange.open({ environment, shellIn });
      const disconnect = this.#connect(slot);
      const leave = this.#settings.jobserver?.join(this.job.trust ?? 'untrusted', slot.tokens);
      const outcome = await this.#outcomeIn(workspace, slot).finally(disconnect).finally(leave);
      if (this.#interrupted.signal.aborted) return 'interrupted';
      return exchange.abandoned.aborted ? 'dropped' : await exchange.finish(outcome);
    } finally {
      await exchange.close();
      await slot.endStrays(this.#marker);
      await rm(this.#folder, { recursive: true, force: true });
    }
  }

  /** Makes connections of the slot the job's. Returns what ends them; afterwards nothing is written to the log. */
  #connect({ network }: Slot): () => void {
    let isOver = false;
    const print = (line: string) => {
      if (!isOver) this.#exchange.log.print(yellow(`WARNING: ${line}`));
    };
    const { id, trust, job_info: info } = this.job;
    network?.enter({ id, trust, project: info.project_name, print });
    return () => {
      isOver = true;
      network?.leave();
    };
  }

  async #outcomeIn(workspace: Workspace, slot: Slot): Promise<JobOutcome> {
    const { caches, clock, wait, maxArchiveBytes: maxBytes, log } = this.#settings;
    const exchange = this.#exchange;
    exchange.log.report(`Running job ${this.job.id} with the embedded runner of slipway`);
    const outcome = await runJob(this.job, {
      exchange,
      ...(caches === undefined ? {} : { caches: { folder: caches, scope: `project ${this.job.job_info.project_id}` } }),
      clock,
      wait,
      maxBytes,
      interrupted: this.#interrupted.signal,
      open: () => this.#open(workspace, slot),
    });
    const { aborted: isInterrupted } = this.#interrupted.signal;
    if (outcome.state === 'failed' && outcome.error !== undefined && !isInterrupted)
      log.error({ err: outcome.error, job: this.job.id }, 'job could not be run');
    return outcome;
  }

  /** The workspace is removed later: the log and archives on their way are in it. */
  async #open(workspace: Workspace, slot: Slot): Promise<Pick<JobContext, 'environment' | 'workspace' | 'shell'>> {
    const { base, path, token, sandbox, network, jobserver, elsewhere } = this.#settings;
    const { project } = workspace;
    const isSandboxed = needsSandbox(this.job, sandbox.mode);
    if (isSandboxed && network !== undefined && slot.network === undefined)
      throw new JobFailure('runner_system_failure', NO_NAMESPACE);
    const container = containerOf(this.job, this.#folder, this.#settings);
    const asked = container === undefined ? this.job : { services: [] };
    for (const note of shellWarnings(asked)) this.#exchange.log.print(yellow(`WARNING: ${note}`));
    const own = await makeJobEnvironment(this.job, {
      folder: this.#folder,
      project,
      index: slot.index,
      base,
      ...(path === undefined ? {} : { path }),
      runnerToken: token,
    });
    const reached = slot.network?.extend(own) ?? own;
    const environment = jobserver === undefined ? reached : { ...reached, [JOBSERVER_VARIABLE]: slot.tokens };
    const shellJob = { slot, marker: this.#marker, project, isColoured: true };
    const open = { environment, workspace: { ...workspace, remove: async () => {} } };
    if (elsewhere !== undefined) return { ...open, shell: elsewhere.shellOf({ job: this.job, project, path }) };
    if (container !== undefined) return { ...open, shell: this.#containerShell(shellJob, container) };
    const shell = isSandboxed
      ? new SandboxedShell(shellJob, { job: this.job, folder: this.#folder, sandbox })
      : new KeptShell(shellJob);
    return { ...open, shell };
  }

  #containerShell({ slot, ...shellJob }: ShellJob, settings: ContainerSettings): ContainerShell {
    const folder = this.#folder;
    return new ContainerShell({
      job: this.job,
      settings,
      ...shellJob,
      ...(this.#settings.jobserver === undefined ? {} : { tokens: slot.tokens }),
      folder,
      parent: folder,
      grace: GRACE,
    });
  }
}
