import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256, systemClock, systemWait, type Clock, type Logger, type Secret, type Wait } from '../kit/index.ts';
import type { JobResponse } from '../protocol/index.ts';
import { createApiClient, type Fetch, type RequestAnswer, type RunnerManager } from './exchange/api-client.ts';
import { CacheFolder, type CacheFolderOptions } from './caches/cache-folder.ts';
import type { Elsewhere } from './elsewhere.ts';
import { forkObstacle, type RunnerContainers } from './containers/runner-containers.ts';
import { JobRun } from './job-run.ts';
import type { JobSettings } from './job-settings.ts';
import type { Jobserver } from './jobserver/jobserver.ts';
import type { Journal } from './processes/journal.ts';
import type { SandboxSettings } from './sandbox/sandbox.ts';
import { newMarker } from './job-marker.ts';
import type { JobNetwork } from './network/job-network.ts';
import { namespaceFor } from './network/network-namespace.ts';
import { findShell } from './shells/shell.ts';
import { Checkouts } from './workspace/checkouts.ts';
import type { SlotOptions } from './shells/slot.ts';
import { Slots } from './shells/slots.ts';

export interface RunnerOptions {
  readonly fetch: Fetch;
  /** Where `/api/v4` is. */
  readonly baseUrl: string;
  readonly token: Secret;
  /** This machine, where the runner is not in the server's own process. */
  readonly manager?: RunnerManager;
  /** Jobs at once. */
  readonly concurrency: number;
  readonly workFolder: string;
  readonly journal: Journal;
  /** Where caches of jobs are kept; without it none is. */
  readonly caches?: CacheFolderOptions;
  readonly log: Logger;
  /** The runner's own environment, of which jobs get PATH, USER, LANG and TZ only. */
  readonly base: Readonly<Record<string, string | undefined>>;
  /** A folder put before the PATH of jobs: where the `slipway` command is. */
  readonly path?: string;
  /** Without it no job runs in a sandbox, and jobs of outsiders are refused. */
  readonly sandbox?: SandboxSettings;
  /** In what jobs run that name an image; without it, in shells. */
  readonly containers?: RunnerContainers;
  /** Runs the scripts of jobs on other machines, without sandbox and containers. */
  readonly elsewhere?: Elsewhere;
  /** Shares the cores of the machine among jobs, also of other runners. Without it each uses what it likes. */
  readonly jobserver?: Jobserver;
  /** All that jobs in a sandbox reach. Without it they reach what this machine reaches. */
  readonly network?: JobNetwork;
  readonly clock?: Clock;
  readonly wait?: Wait;
  /** Milliseconds between two requests when there is no work and the server does not hold them open. */
  readonly pollInterval?: number;
  readonly heartbeat?: number;
  readonly traceInterval?: number;
  readonly traceLimit?: number;
  readonly grace?: number;
  readonly maxArchiveBytes?: number;
}

const MEBIBYTE = 1024 * 1024;
/** Poll intervals that pass before a server is asked again that refused the token. */
const REFUSED_PAUSES = 30;
/** Commits that are kept checked out. */
const CHECKOUTS = { maxCount: 20, maxBytes: 2048 * MEBIBYTE };

/**
 * The embedded runner: takes jobs from the server by the runner API and runs them in shells of this machine, several
 * at once. `start` once, `stop` once. Call `reapLeftovers` with the same journal before `start`.
 */
export class Runner {
  readonly #options: RunnerOptions;
  readonly #runs = new Map<number, { readonly run: JobRun; readonly done: Promise<void> }>();
  readonly #interrupted: string[] = [];
  readonly #stopping = new AbortController();
  #wake = new AbortController();
  #loop: Promise<void> | undefined;
  #slots: Slots | undefined;
  #folder: string | undefined;
  #problem: string | undefined;
  #checkouts: Checkouts | undefined;

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  /** Begins to ask for jobs; returns once the machine has been found fit. */
  async start(): Promise<void> {
    const { workFolder, base, log } = this.#options;
    await mkdir(workFolder, { recursive: true });
    const shell = await findShell(base['PATH'] ?? '/usr/local/bin:/usr/bin:/bin');
    const [marker, folder] = [newMarker(), await mkdtemp(join(tmpdir(), 'slipway-runner-'))];
    const { wait = systemWait, grace = 5000 } = this.#options;
    const slots = await this.#openSlots({ folder, shell, within: [], marker, wait, grace });
    [this.#slots, this.#folder] = [slots, folder];
    this.#checkouts = new Checkouts({ folder: this.#checkoutFolder, ...CHECKOUTS });
    const settings = this.#settings(slots, marker, this.#checkouts);
    this.#loop = this.#takeJobs(settings).catch((error: unknown) => log.error({ err: error }, 'runner stopped'));
  }

  /** Asks for a job now, instead of after the poll interval. */
  wake(): void {
    this.#wake.abort();
  }

  /** Ids of the jobs that run now. */
  get running(): readonly number[] {
    return [...this.#runs.keys()];
  }

  /** Learns from the server now whether a running job is still wanted. */
  async touch(jobId: number): Promise<void> {
    await this.#runs.get(jobId)?.run.touch();
  }

  /**
   * Takes no more jobs, and returns when no process of a job is left. Gracefully: running jobs are let finish.
   * Otherwise they are ended without an outcome, and their ids returned: they are to be queued again. They stay
   * in the journal, so that this is not forgotten if the server ends before it has queued them.
   */
  async stop({ graceful }: { graceful: boolean }): Promise<readonly string[]> {
    this.#stopping.abort();
    if (!graceful) for (const { run } of this.#runs.values()) run.interrupt();
    await this.#loop;
    await Promise.all([...this.#runs.values()].map(({ done }) => done));
    await this.#slots?.close();
    await this.#checkouts?.close();
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true, force: true });
    [this.#slots, this.#folder] = [undefined, undefined];
    return this.#interrupted;
  }

  /** Runners with other tokens may have the same work folder. */
  get #checkoutFolder(): string {
    const { workFolder, token } = this.#options;
    return join(workFolder, `checkouts-${sha256(token.reveal()).slice(0, 16)}`);
  }

  /** Slots of jobs in a sandbox are in network namespaces. */
  async #openSlots(options: SlotOptions): Promise<Slots> {
    const { concurrency, network, sandbox } = this.#options;
    const isApart = network !== undefined && sandbox?.mode === 'always';
    const within = isApart ? await namespaceFor(network) : undefined;
    return Slots.open({ ...options, concurrency, ...(within === undefined ? {} : { within, network }) });
  }

  async #takeJobs(settings: JobSettings): Promise<void> {
    let mark: string | undefined;
    while (!this.#stopping.signal.aborted) {
      if (this.#runs.size >= this.#options.concurrency) {
        await this.#oneDone();
        continue;
      }
      const answer = await settings.client.requestJob(mark, this.#stopping.signal);
      if (answer.kind === 'job') {
        this.#begin(answer.job, settings);
        continue;
      }
      if (!this.#stopping.signal.aborted) this.#report(answer, settings.log);
      // A new mark means that the server looked just now; with that mark it may hold the next request open.
      const isNewMark = answer.kind === 'none' && answer.mark !== undefined && answer.mark !== mark;
      if (answer.kind === 'none') mark = answer.mark ?? mark;
      if (!isNewMark) await this.#pause(settings.wait, answer.kind === 'refused' ? REFUSED_PAUSES : 1);
    }
  }

  /** Logs what keeps jobs from coming, once for as long as it is the same. */
  #report(answer: RequestAnswer, log: Logger): void {
    const problem = answer.kind === 'failed' ? answer.reason : answer.kind === 'refused' ? answer.kind : undefined;
    if (problem === this.#problem) return;
    this.#problem = problem;
    const { baseUrl: url } = this.#options;
    if (problem === undefined) log.info({ url }, 'the server answers again');
    else if (answer.kind === 'refused') log.error({ url }, 'the server does not know the token of this runner');
    else log.warn({ url, reason: problem }, 'request for a job failed');
  }

  async #oneDone(): Promise<void> {
    await Promise.race([...this.#runs.values()].map(({ done }) => done));
  }

  async #pause(wait: Wait, times: number): Promise<void> {
    await wait(
      (this.#options.pollInterval ?? 1000) * times,
      AbortSignal.any([this.#stopping.signal, this.#wake.signal]),
    );
    if (this.#wake.signal.aborted) this.#wake = new AbortController();
  }

  #begin(job: JobResponse, settings: JobSettings): void {
    // A job that came while we stop was never begun: it is as if it had been interrupted.
    if (this.#stopping.signal.aborted) {
      this.#interrupted.push(String(job.id));
      return;
    }
    const run = new JobRun(job, settings);
    this.#runs.set(job.id, { run, done: this.#finish(run, settings.log) });
  }

  async #finish(run: JobRun, log: Logger): Promise<void> {
    const id = run.job.id;
    try {
      const result = await run.run();
      log.info({ job: id, result }, 'job ended');
      if (result === 'interrupted') this.#interrupted.push(String(id));
    } catch (error) {
      log.error({ err: error, job: id }, 'job could not be cleaned up');
      this.#interrupted.push(String(id));
    } finally {
      this.#runs.delete(id);
    }
  }

  #settings(slots: Slots, marker: string, checkouts: Checkouts): JobSettings {
    const { fetch, baseUrl, token, manager, containers, journal, caches, workFolder, path, base, log } = this.#options;
    const imageObstacle = containers && forkObstacle(containers.found);
    return {
      client: createApiClient({ fetch, baseUrl, token, manager, imageObstacle }),
      token,
      slots,
      marker,
      checkouts,
      ...(this.#options.network === undefined ? {} : { network: this.#options.network }),
      ...(this.#options.jobserver === undefined ? {} : { jobserver: this.#options.jobserver }),
      ...(containers === undefined ? {} : { containers }),
      ...(this.#options.elsewhere === undefined ? {} : { elsewhere: this.#options.elsewhere }),
      sandbox: this.#options.sandbox ?? { mode: 'never', hidden: [], readable: [] },
      journal,
      ...(caches === undefined ? {} : { caches: new CacheFolder(caches) }),
      workFolder,
      path,
      base,
      log,
      clock: this.#options.clock ?? systemClock,
      wait: this.#options.wait ?? systemWait,
      heartbeat: this.#options.heartbeat ?? 30_000,
      traceInterval: this.#options.traceInterval ?? 1000,
      traceLimit: this.#options.traceLimit ?? 20 * MEBIBYTE,
      maxArchiveBytes: this.#options.maxArchiveBytes ?? 10 * 1024 * MEBIBYTE,
    };
  }
}
