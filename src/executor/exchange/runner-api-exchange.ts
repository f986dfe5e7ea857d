import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Retryable, messageOf, retry } from '../../kit/index.ts';
import type { JobArtifact, JobDependency, JobResponse, JobUpdate, PhaseUsage } from '../../protocol/index.ts';
import { extractArchive } from '../artifacts/extract-archive.ts';
import type { JobOutcome } from '../job-outcome.ts';
import { secretsOf } from '../job-secrets.ts';
import type { JobSettings } from '../job-settings.ts';
import { red } from '../section.ts';
import type { CheckoutRequest } from '../workspace/checkouts.ts';
import { fetchByGit, sourceLines } from '../workspace/git-sources.ts';
import { downloadArtifact } from './artifact-download.ts';
import { uploadArtifact } from './artifact-upload.ts';
import type { ArtifactContent, Exchange, SourceRequest } from './exchange.ts';
import { JobLink } from './job-link.ts';
import { JobLog } from './job-log.ts';
import { JobTrace } from './job-trace.ts';

/** How often the outcome of a job is sent at most, and the waits in between. */
const FINAL_RETRY = { attempts: 10, baseMs: 1000, longestMs: 60_000 };

/** `reported`: the server knows the outcome. `dropped`: it did not want it. `interrupted`: the runner stopped first. */
export type RunResult = 'reported' | 'dropped' | 'interrupted';

interface RunnerApiParts {
  readonly settings: JobSettings;
  /** Folder for the log and for archives on their way; exists when `open` is called. */
  readonly folder: string;
  /** Aborted when the runner stops. */
  readonly interrupted: AbortSignal;
}

/** How the runner itself runs git, outside of the job. */
type OutsideJob = Pick<CheckoutRequest, 'environment' | 'shellIn'>;

/** One job's exchange with the server, by GitLab's runner API. `open` before, `finish` and `close` after the stages. */
export class RunnerApiExchange implements Exchange {
  readonly #job: JobResponse;
  readonly #parts: RunnerApiParts;
  readonly #link: JobLink;
  readonly #over = new AbortController();
  #trace: JobTrace | undefined;
  #log: JobLog | undefined;
  #outside: OutsideJob | undefined;
  readonly #usage: PhaseUsage[] = [];

  constructor(job: JobResponse, parts: RunnerApiParts) {
    this.#job = job;
    this.#parts = parts;
    this.#link = new JobLink(parts.settings.client, job);
  }

  get canceled(): AbortSignal {
    return this.#link.canceled;
  }

  get abandoned(): AbortSignal {
    return this.#link.abandoned;
  }

  get log(): JobLog {
    if (this.#log === undefined) throw new Error('the exchange has not been opened');
    return this.#log;
  }

  readonly onUsage = (usage: PhaseUsage): void => void this.#usage.push(usage);

  /** Asks the server now whether the job is still wanted, instead of at the next piece of log or heartbeat. */
  async touch(): Promise<void> {
    if (!this.#over.signal.aborted) await this.#link.update({ state: 'running', failure_reason: undefined });
  }

  /** Begins the log and the heartbeat. */
  open(outside: OutsideJob): void {
    this.#outside = outside;
    const { traceInterval, traceLimit, wait, clock } = this.#parts.settings;
    const trace = new JobTrace({
      file: join(this.#parts.folder, 'trace.log'),
      send: (offset, bytes) => this.#link.appendTrace(offset, bytes),
      wait,
      interval: traceInterval,
      limit: traceLimit,
    });
    this.#trace = trace;
    this.#log = new JobLog({
      write: (bytes) => trace.write(bytes),
      secrets: secretsOf(this.#job),
      isDetailed: true,
      clock,
    });
    void this.#keepHeartbeat();
  }

  /** Copies a checkout of the commit, or lets git fetch it as the job. */
  async fetchSources(request: SourceRequest): Promise<void> {
    const { job, workspace, signal } = request;
    if (job.git_info.repo_url === undefined || job.git_info.sha === undefined) return;
    const { checkouts } = this.#parts.settings;
    const outside = { job, ...(this.#outside as OutsideJob), signal };
    const isLaid = await checkouts.lay(outside, async (tree) => {
      for (const line of sourceLines(job)) this.log.report(line);
      await workspace.laySources(tree);
    });
    if (isLaid) await checkouts.personalize(workspace.project, job);
    else await fetchByGit(request, this.log);
  }

  async fetchArtifacts(dependency: JobDependency, folder: string, signal: AbortSignal): Promise<void> {
    const { name, id } = dependency;
    this.log.report(`Downloading artifacts for ${name} (${id})...`);
    const archive = join(this.#parts.folder, `dependency-${id}.zip`);
    const { wait, maxArchiveBytes: maxBytes } = this.#parts.settings;
    try {
      await downloadArtifact(dependency, archive, { link: this.#link, wait, signal });
      const count = await extractArchive(archive, folder, { job: name, maxBytes });
      this.log.report(`Downloading artifacts for ${name} (${id}) ... ok: ${count} files`);
    } finally {
      await rm(archive, { force: true });
    }
  }

  async storeArtifact(artifact: JobArtifact, content: ArtifactContent): Promise<void> {
    const { folder, settings } = this.#parts;
    const secrets = secretsOf(this.#job);
    await uploadArtifact(artifact, content, { link: this.#link, log: this.log, wait: settings.wait, folder, secrets });
  }

  /** Sends the rest of the log and the outcome, and tries again until the server has both. */
  async finish(outcome: JobOutcome): Promise<RunResult> {
    const { interrupted, settings } = this.#parts;
    const trace = this.#trace as JobTrace;
    this.log.end();
    // An outcome that goes with half a log is reported by `reportBroken`.
    if (trace.failure !== undefined) {
      await trace.flush();
      throw trace.failure;
    }
    const attempt = async (): Promise<RunResult> => {
      const isSent = await trace.flush();
      const answer = isSent
        ? await this.#link.update({ ...finalUpdate(outcome, trace), usage: this.#usage })
        : undefined;
      if (answer?.status === 200) return 'reported';
      if (this.abandoned.aborted) return 'dropped';
      if (interrupted.aborted) return 'interrupted';
      if (answer?.status === 412) trace.rewind();
      throw new Retryable(`status ${answer?.status ?? 'unknown'}`);
    };
    try {
      return await retry(attempt, { ...FINAL_RETRY, wait: settings.wait, signal: interrupted });
    } catch (error) {
      settings.log.error({ job: this.#job.id, err: error }, 'the server did not accept the result of a job');
      return 'interrupted';
    }
  }

  /** Reports that the machine failed the job: a full disk, most of the time, so this needs none. */
  async reportBroken(error: unknown): Promise<RunResult> {
    const { settings } = this.#parts;
    const line = red(`ERROR: Job failed: the runner could not keep the job's files: ${messageOf(error)}`);
    const text = Buffer.from(`${line}\nhint: Check the disk of ${settings.workFolder}.\n`);
    await this.#link.appendTrace(this.#trace?.output.bytesize ?? 0, text);
    const answer = await this.#link.update({ state: 'failed', failure_reason: 'runner_system_failure' });
    return answer.status === 200 ? 'reported' : this.abandoned.aborted ? 'dropped' : 'interrupted';
  }

  /** Ends the heartbeat. */
  end(): void {
    this.#over.abort();
  }

  /** Closes the file of the log; `reportBroken` may still follow. */
  async close(): Promise<void> {
    await this.#trace?.close();
  }

  async #keepHeartbeat(): Promise<void> {
    const { wait, heartbeat } = this.#parts.settings;
    while (!this.#over.signal.aborted) {
      const before = this.#link.contacts;
      await wait(heartbeat, this.#over.signal);
      if (this.#link.contacts === before) await this.touch();
    }
  }
}

function finalUpdate(outcome: JobOutcome, trace: JobTrace): JobUpdate {
  if (outcome.state === 'success') return { state: 'success', failure_reason: undefined, output: trace.output };
  const { reason, exitCode } = outcome;
  return {
    state: 'failed',
    failure_reason: reason,
    output: trace.output,
    ...(exitCode ? { exit_code: exitCode } : {}),
  };
}
