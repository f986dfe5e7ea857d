import type { JobResponse } from '../../../src/protocol/index.ts';
import type { Random } from './random.ts';

/** How often the answer to a request does not arrive. */
const LOST = 0.02;

interface FleetRunnerParts {
  readonly send: (path: string, init: RequestInit) => Promise<Response>;
  readonly random: Random;
}

/** A runner of GitLab's protocol with one job at a time. It repeats every request until it is answered. */
export class FleetRunner {
  /** Ids of the jobs that it was given. */
  readonly jobs: string[] = [];
  readonly #token: string;
  readonly #parts: FleetRunnerParts;
  #job: { readonly id: string; readonly token: string; isLogged: boolean } | undefined;

  constructor(token: string, parts: FleetRunnerParts) {
    this.#token = token;
    this.#parts = parts;
  }

  /** Asks for a job, or sends what comes next of the one that it has. */
  async step(): Promise<'worked' | 'idle'> {
    if (this.#job === undefined) return this.#ask();
    const { id, token, isLogged } = this.#job;
    const done = isLogged
      ? await this.#send(`/api/v4/jobs/${id}`, { method: 'PUT', body: JSON.stringify({ token, state: 'success' }) })
      : await this.#send(`/api/v4/jobs/${id}/trace`, {
          method: 'PATCH',
          body: 'done\n',
          headers: { 'job-token': token, 'content-range': '0-4' },
        });
    if (done === undefined) return 'idle';
    // Its success was stored, and the answer lost.
    const isKnown = done.status === 403 && done.headers.get('job-status') === 'success';
    if (!done.ok && !isKnown) throw new Error(`job ${id} was refused with ${done.status}: ${await done.text()}`);
    this.#job = isLogged ? undefined : { id, token, isLogged: true };
    return 'worked';
  }

  async #ask(): Promise<'worked' | 'idle'> {
    const body = JSON.stringify({ token: this.#token, info: { features: { two_phase_job_commit: true } } });
    const answer = await this.#send('/api/v4/jobs/request', {
      method: 'POST',
      body,
      headers: { 'x-request-id': String(this.jobs.length) },
    });
    if (answer?.status !== 201) return 'idle';
    const { id, token } = (await answer.json()) as JobResponse;
    this.#job = { id: String(id), token, isLogged: false };
    this.jobs.push(String(id));
    return 'worked';
  }

  /** Undefined where the server is dead, or the answer was lost. */
  async #send(path: string, init: RequestInit): Promise<Response | undefined> {
    const answer = await this.#parts.send(path, init);
    return answer.status >= 500 || this.#parts.random.chance(LOST) ? undefined : answer;
  }
}
