import type { JobUpdate } from '../../protocol/index.ts';
import type { ApiClient, ArtifactForm, JobAnswer, JobHandle } from './api-client.ts';

/**
 * One job's line to the server. Every answer is looked at for what it says about the job: `canceling` aborts
 * `canceled` (the script ends, the rest goes on), and `canceled`, `failed` or a 403 abort `abandoned` (all ends,
 * the result is no longer needed).
 */
export class JobLink {
  readonly #client: ApiClient;
  readonly #job: JobHandle;
  readonly #canceled = new AbortController();
  readonly #abandoned = new AbortController();
  #contacts = 0;

  constructor(client: ApiClient, job: JobHandle) {
    this.#client = client;
    this.#job = job;
  }

  get canceled(): AbortSignal {
    return this.#canceled.signal;
  }

  get abandoned(): AbortSignal {
    return this.#abandoned.signal;
  }

  /** Grows with every answer; the heartbeat looks whether it stood still. */
  get contacts(): number {
    return this.#contacts;
  }

  async update(update: JobUpdate): Promise<JobAnswer> {
    const answer = await this.#client.update(this.#job, update);
    // A 404 ends the job here, but not on the log: so GitLab's runner has it.
    if (answer.status === 404) this.#abandoned.abort();
    return this.#heed(answer, true);
  }

  async appendTrace(offset: number, bytes: Uint8Array): Promise<JobAnswer> {
    return this.#heed(await this.#client.appendTrace(this.#job, offset, bytes), true);
  }

  async uploadArtifact(form: ArtifactForm): Promise<JobAnswer> {
    // A 403 may refuse this one artifact only.
    return this.#heed(await this.#client.uploadArtifact(this.#job, form), false);
  }

  async downloadArtifact(dependency: JobHandle, signal: AbortSignal): Promise<Response> {
    const response = await this.#client.downloadArtifact(dependency, signal);
    this.#contacts += 1;
    return response;
  }

  #heed(answer: JobAnswer, isForbiddenFinal: boolean): JobAnswer {
    if (answer.status !== 0) this.#contacts += 1;
    if (answer.jobStatus === 'canceling') this.#canceled.abort();
    const isOver = answer.jobStatus === 'canceled' || answer.jobStatus === 'failed';
    if (isOver || (isForbiddenFinal && answer.status === 403)) this.#abandoned.abort();
    return answer;
  }
}
