import { rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { silentLogger } from './silent-logger.ts';
import {
  FAILURE_REASONS,
  type JobArtifact,
  type JobRequest,
  type JobResponse,
  type JobUpdate,
  type JobVariable,
} from '../../src/protocol/index.ts';
import type { RunnerTraits } from '../../src/coordinator/index.ts';
import type { JobRun } from '../../src/pipeline/index.ts';
import type { ArtifactUpload, JobService, TraceAppend } from '../../src/server/runner-api/job-service.ts';
import { runnerApiRoutes, type RunnerApiOptions } from '../../src/server/runner-api/runner-api.ts';

export const RUNNER_TOKEN = 'glrt-test-runner-token-0001';

interface HeldJob {
  readonly job: JobResponse;
  state: 'queued' | 'assigned' | 'running' | 'canceling' | 'success' | 'failed' | 'canceled';
  requestId?: string;
  log: Buffer;
  outcome?: JobUpdate;
  readonly artifacts: Map<string, ArtifactUpload>;
}

/** A service in memory that keeps the protocol's promises, for the jobs of a test. */
export class MemoryJobService implements JobService {
  readonly updates: { readonly jobId: number; readonly state: JobUpdate['state'] }[] = [];
  readonly #folder: string;
  readonly #jobs = new Map<number, HeldJob>();
  readonly managersGone: string[] = [];
  readonly requests: JobRequest[] = [];
  #isUnregistered = false;
  #mark = 1;
  #watchers: (() => boolean)[] = [];

  constructor(folder: string) {
    this.#folder = folder;
  }

  offer(job: JobResponse): void {
    this.#jobs.set(job.id, { job, state: 'queued', log: Buffer.alloc(0), artifacts: new Map() });
    this.#mark += 1;
    this.#changed();
  }

  cancel(jobId: number): void {
    this.#get(jobId).state = 'canceling';
  }

  /** Ends a job from the server's side: its token opens nothing from now on. */
  end(jobId: number): void {
    this.#get(jobId).state = 'canceled';
    this.#changed();
  }

  log(jobId: number): string {
    return this.#get(jobId).log.toString();
  }

  logBytes(jobId: number): Buffer {
    return this.#get(jobId).log;
  }

  artifact(jobId: number, type = 'archive'): ArtifactUpload | undefined {
    return this.#get(jobId).artifacts.get(type);
  }

  state(jobId: number): HeldJob['state'] {
    return this.#get(jobId).state;
  }

  /** Resolves when the log contains a text. */
  async logged(jobId: number, text: string): Promise<void> {
    await this.#until(() => this.log(jobId).includes(text));
  }

  async finished(jobId: number): Promise<JobUpdate> {
    await this.#until(() => this.#get(jobId).outcome !== undefined);
    return this.#get(jobId).outcome as JobUpdate;
  }

  async authenticateRunner(token: string): Promise<RunnerTraits | undefined> {
    return token === RUNNER_TOKEN && !this.#isUnregistered ? ({ id: 1 } as RunnerTraits) : undefined;
  }

  async greet(): Promise<void> {}

  async unregister(): Promise<void> {
    this.#isUnregistered = true;
  }

  async unregisterManager(_runner: RunnerTraits, systemId: string): Promise<void> {
    this.managersGone.push(systemId);
  }

  async describeJob(token: string): Promise<Readonly<Record<string, unknown>> | undefined> {
    const held = [...this.#jobs.values()].find(({ job, state }) => job.token === token && state === 'running');
    return held === undefined ? undefined : { id: held.job.id };
  }

  queueMark(): string {
    return String(this.#mark);
  }

  async queueChanged(_runner: RunnerTraits, mark: string, signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.#changed(), { once: true });
    await this.#until(() => signal.aborted || this.queueMark() !== mark);
  }

  async requestJob(_runner: RunnerTraits, request: JobRequest, requestId?: string): Promise<JobResponse | undefined> {
    this.requests.push(request);
    const all = [...this.#jobs.values()];
    const again = all.find((held) => requestId !== undefined && held.requestId === requestId);
    const held = again ?? all.find((one) => one.state === 'queued');
    if (held === undefined) return undefined;
    held.requestId = requestId;
    if (held.state === 'queued')
      held.state = request.info?.features?.['two_phase_job_commit'] === true ? 'assigned' : 'running';
    return held.job;
  }

  async authenticateJob(id: string, token: string): Promise<JobRun | undefined> {
    const held = this.#jobs.get(Number(id));
    if (held === undefined || held.job.token !== token || held.state === 'queued') return undefined;
    const status = held.state === 'assigned' ? 'running' : held.state;
    return { id, pipeline: '1', name: held.job.job_info.name, attempt: 1, status };
  }

  async update({ id }: JobRun, update: JobUpdate): Promise<boolean> {
    const held = this.#get(Number(id));
    this.updates.push({ jobId: Number(id), state: update.state });
    if (update.state === 'running' && held.state === 'assigned') held.state = 'running';
    if (update.state === 'success' || update.state === 'failed') {
      const size = update.output?.bytesize;
      if (size !== undefined && size !== null && size !== held.log.length) return false;
      held.state = update.state;
      held.outcome = update;
    }
    this.#changed();
    return true;
  }

  async appendTrace({ id }: JobRun, offset: number, bytes: Uint8Array): Promise<TraceAppend> {
    const held = this.#get(Number(id));
    if (offset > held.log.length) return { outcome: 'misplaced', size: held.log.length };
    held.log = Buffer.concat([held.log.subarray(0, offset), bytes]);
    this.#changed();
    return { outcome: 'accepted', size: held.log.length };
  }

  /** As if the server had been restored from an older copy. */
  forgetLog(jobId: number, size: number): void {
    const held = this.#get(jobId);
    held.log = held.log.subarray(0, size);
  }

  async receiveArtifact({ id }: JobRun, upload: ArtifactUpload): Promise<void> {
    const path = join(this.#folder, `${id}-${upload.type}`);
    await rename(upload.path, path);
    this.#get(Number(id)).artifacts.set(upload.type, { ...upload, path });
  }

  async openArtifact(id: string, token: string): Promise<{ path: string; size: number } | 'forbidden' | undefined> {
    const reader = [...this.#jobs.values()].find((held) => held.job.token === token);
    if (reader === undefined || (reader.state !== 'running' && reader.state !== 'canceling')) return 'forbidden';
    const upload = this.#jobs.get(Number(id))?.artifacts.get('archive');
    return upload && { path: upload.path, size: (await stat(upload.path)).size };
  }

  #get(jobId: number): HeldJob {
    const held = this.#jobs.get(jobId);
    if (held === undefined) throw new Error(`the service has no job ${jobId}`);
    return held;
  }

  async #until(condition: () => boolean): Promise<void> {
    if (condition()) return;
    await new Promise<void>((resolve) => {
      this.#watchers.push(() => {
        if (!condition()) return false;
        resolve();
        return true;
      });
    });
  }

  #changed(): void {
    this.#watchers = this.#watchers.filter((isDone) => !isDone());
  }
}

/** The real routes over a service. */
export function jobServiceApp(jobs: JobService, folder: string, options: Partial<RunnerApiOptions> = {}) {
  return runnerApiRoutes(jobs, {
    uploadFolder: join(folder, 'uploads'),
    maxArtifactBytes: 10_000_000,
    log: silentLogger,
    traceInterval: 0,
    ...options,
  });
}

export interface JobSketch {
  readonly id: number;
  readonly script: readonly string[];
  readonly afterScript?: readonly string[];
  readonly variables?: readonly JobVariable[];
  readonly artifacts?: readonly Partial<JobArtifact>[];
  readonly dependencies?: readonly number[];
  readonly gitInfo?: JobResponse['git_info'];
  /** Seconds. */
  readonly timeout?: number;
  readonly cache?: JobResponse['cache'];
  readonly hooks?: JobResponse['hooks'];
  readonly services?: JobResponse['services'];
  readonly image?: JobResponse['image'];
}

/** A whole job response out of what a test cares about. */
export function sketchJob(sketch: JobSketch): JobResponse {
  const {
    id,
    script,
    afterScript,
    variables = [],
    artifacts = [],
    dependencies = [],
    gitInfo = {},
    timeout = 600,
    cache = [],
    hooks = [],
    services = [],
    image = null,
  } = sketch;
  const token = `glcbt-token-of-job-${id}`;
  return {
    id,
    token,
    allow_git_fetch: true,
    job_info: { name: `job ${id}`, stage: 'test', project_id: 1, project_name: 'stack' },
    git_info: gitInfo,
    runner_info: { timeout },
    variables,
    steps: [
      { name: 'script', script },
      ...(afterScript === undefined ? [] : [{ name: 'after_script', script: afterScript }]),
    ],
    image,
    services,
    artifacts: artifacts.map((artifact) => ({ artifact_type: 'archive', ...artifact })),
    cache,
    hooks,
    dependencies: dependencies.map((other) => ({
      id: other,
      token,
      name: `job ${other}`,
      artifacts_file: { filename: 'artifacts.zip', size: 1 },
    })),
    features: { trace_sections: true, failure_reasons: [...FAILURE_REASONS] },
  };
}
