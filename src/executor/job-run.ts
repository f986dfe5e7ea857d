import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Redactor, messageOf } from '../kit/index.ts';
import type { JobResponse, JobUpdate } from '../protocol/index.ts';
import { expandOnce, makeJobEnvironment } from './job-environment.ts';
import { JobLink } from './exchange/job-link.ts';
import { JobFailure, explain } from './job-outcome.ts';
import type { JobOutcome } from './job-outcome.ts';
import type { JobSettings } from './job-settings.ts';
import { runStages } from './stages/job-stages.ts';
import { JobTrace } from './exchange/job-trace.ts';
import { needsSandbox } from './sandbox/sandbox.ts';
import { green, red } from './section.ts';

/** GitLab's default where the server names no limit, in seconds. */
const DEFAULT_TIMEOUT = 7200;
const FINAL_TRIES = 10;
const FINAL_PAUSE = 1000;
const FINAL_PAUSE_LIMIT = 60_000;

/** `reported`: the server knows the outcome. `dropped`: it did not want it. `interrupted`: the runner stopped first. */
export type RunResult = 'reported' | 'dropped' | 'interrupted';

/** One job from its assignment to its last update, in a folder of its own that is gone afterwards. */
export class JobRun {
  readonly job: JobResponse;
  readonly #settings: JobSettings;
  readonly #link: JobLink;
  readonly #workspace: string;
  readonly #project: string;
  readonly #marker = randomBytes(16).toString('hex');
  readonly #timeUp = new AbortController();
  readonly #interrupted = new AbortController();
  readonly #over = new AbortController();
  #logSize = 0;

  constructor(job: JobResponse, settings: JobSettings) {
    this.job = job;
    this.#settings = settings;
    this.#link = new JobLink(settings.client, job);
    this.#workspace = join(settings.workFolder, String(job.id));
    this.#project = join(this.#workspace, 'project');
  }

  /** Ends the job at once, without a word to the server: it will be queued again. */
  interrupt(): void {
    this.#interrupted.abort();
  }

  /** Asks the server now whether the job is still wanted, instead of at the next piece of log or heartbeat. */
  async touch(): Promise<void> {
    if (!this.#over.signal.aborted) await this.#link.update({ state: 'running', failure_reason: undefined });
  }

  /** Runs the job to its end. It stays in the journal if it was interrupted. */
  async run(): Promise<RunResult> {
    try {
      const result = await this.#runInJournal().catch((error: unknown) => this.#reportBroken(error));
      if (result !== 'interrupted') await this.#settings.journal.forget(String(this.job.id));
      return result;
    } finally {
      this.#over.abort();
    }
  }

  async #runInJournal(): Promise<RunResult> {
    await this.#settings.journal.record({
      jobId: String(this.job.id),
      marker: this.#marker,
      workspace: this.#workspace,
    });
    await this.touch();
    return this.#link.abandoned.aborted ? 'dropped' : this.#runInWorkspace();
  }

  async #runInWorkspace(): Promise<RunResult> {
    await rm(this.#workspace, { recursive: true, force: true });
    await mkdir(this.#project, { recursive: true, mode: 0o700 });
    const trace = this.#openTrace();
    try {
      void this.#watchTime();
      void this.#keepHeartbeat();
      const outcome = await this.#outcomeOf(trace);
      if (this.#interrupted.signal.aborted) return 'interrupted';
      if (this.#link.abandoned.aborted) return 'dropped';
      const result = await this.#report(trace, outcome);
      if (trace.failure !== undefined) throw trace.failure;
      return result;
    } finally {
      this.#logSize = trace.output.bytesize;
      await trace.close();
      await rm(this.#workspace, { recursive: true, force: true });
    }
  }

  #openTrace(): JobTrace {
    const { traceInterval, traceLimit, wait } = this.#settings;
    return new JobTrace({
      file: join(this.#workspace, 'trace.log'),
      redactor: new Redactor([
        this.job.token,
        ...this.job.variables.filter((one) => one.masked === true).map((one) => one.value),
      ]),
      send: (offset, bytes) => this.#link.appendTrace(offset, bytes),
      wait,
      interval: traceInterval,
      limit: traceLimit,
    });
  }

  async #outcomeOf(trace: JobTrace): Promise<JobOutcome> {
    try {
      trace.write(`Running job ${this.job.id} with the embedded runner of slipway\n`);
      return await runStages(await this.#stageContext(trace));
    } catch (error) {
      if (this.#timeUp.signal.aborted) {
        return {
          state: 'failed',
          reason: 'job_execution_timeout',
          message: `execution took longer than ${this.#timeout} seconds`,
        };
      }
      if (error instanceof JobFailure) return error.outcome;
      if (!this.#ending.aborted) this.#settings.log.error({ err: error, job: this.job.id }, 'job could not be run');
      return { state: 'failed', reason: 'runner_system_failure', message: explain(error) };
    }
  }

  async #stageContext(trace: JobTrace) {
    const { base, path, shell, caches, clock, wait, journal, grace, maxArchiveBytes, sandbox } = this.#settings;
    const place = {
      workspace: this.#workspace,
      project: this.#project,
      base,
      path,
      timeout: this.#timeout,
      runnerToken: this.#settings.token,
    };
    const environment = await makeJobEnvironment(this.job, place);
    return {
      job: this.job,
      link: this.#link,
      workspace: this.#workspace,
      project: this.#project,
      environment,
      shell,
      ...(caches === undefined ? {} : { caches }),
      ...(needsSandbox(this.job, sandbox.mode) ? { sandbox } : { warning: sandbox.warning }),
      clock,
      wait,
      maxBytes: maxArchiveBytes,
      owner: { jobId: String(this.job.id), marker: this.#marker, workspace: this.#workspace, journal, wait, grace },
      write: (chunk: string | Uint8Array) => trace.write(chunk),
      say: (line: string) => trace.write(`${line}\n`),
      expand: (text: string) => expandOnce(text, (name) => environment[name]),
      signal: this.#ending,
      canceled: this.#link.canceled,
    };
  }

  get #timeout(): number {
    return this.job.runner_info.timeout || DEFAULT_TIMEOUT;
  }

  /** Whatever ends all of the job at once. */
  get #ending(): AbortSignal {
    return AbortSignal.any([this.#timeUp.signal, this.#interrupted.signal, this.#link.abandoned]);
  }

  async #watchTime(): Promise<void> {
    await this.#settings.wait(this.#timeout * 1000, this.#over.signal);
    if (!this.#over.signal.aborted) this.#timeUp.abort();
  }

  async #keepHeartbeat(): Promise<void> {
    const { wait, heartbeat } = this.#settings;
    while (!this.#over.signal.aborted) {
      const before = this.#link.contacts;
      await wait(heartbeat, this.#over.signal);
      if (this.#link.contacts === before) await this.touch();
    }
  }

  /** The machine let the job down: a full disk, most of the time, so this needs none. */
  async #reportBroken(error: unknown): Promise<RunResult> {
    this.#settings.log.error({ err: error, job: this.job.id }, 'job could not be run');
    if (this.#interrupted.signal.aborted) return 'interrupted';
    const text = `${red(`ERROR: Job failed: the runner could not keep the job's files: ${messageOf(error)}`)}\nhint: see to the disk of ${this.#settings.workFolder}\n`;
    await this.#link.appendTrace(this.#logSize, Buffer.from(text));
    const answer = await this.#link.update({ state: 'failed', failure_reason: 'runner_system_failure' });
    return answer.status === 200 ? 'reported' : this.#link.abandoned.aborted ? 'dropped' : 'interrupted';
  }

  async #report(trace: JobTrace, outcome: JobOutcome): Promise<RunResult> {
    trace.write(
      outcome.state === 'success' ? `${green('Job succeeded')}\n` : `${red(`ERROR: Job failed: ${outcome.message}`)}\n`,
    );
    trace.end();
    // The outcome that goes with half a log is told by `#reportBroken`.
    if (trace.failure !== undefined) return (await trace.flush()) ? 'reported' : 'interrupted';
    let pause = FINAL_PAUSE;
    for (let attempt = 0; attempt < FINAL_TRIES; attempt += 1) {
      const isSent = await trace.flush();
      const answer = isSent ? await this.#link.update(finalUpdate(outcome, trace)) : undefined;
      if (answer?.status === 200) return 'reported';
      if (this.#link.abandoned.aborted) return 'dropped';
      if (this.#interrupted.signal.aborted) return 'interrupted';
      if (answer?.status === 412) {
        trace.rewind();
        continue;
      }
      await this.#settings.wait(pause, this.#interrupted.signal);
      pause = Math.min(pause * 2, FINAL_PAUSE_LIMIT);
    }
    this.#settings.log.error({ job: this.job.id }, 'server did not take the outcome of a job');
    return 'interrupted';
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
