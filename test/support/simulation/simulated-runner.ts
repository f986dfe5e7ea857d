import type { RunnerTraits } from '../../../src/coordinator/index.ts';
import type { JobRun } from '../../../src/pipeline/index.ts';
import type { JobRequest, JobResponse, JobUpdate } from '../../../src/protocol/index.ts';
import { isLive } from '../../../src/server/runner-api/job-service.ts';
import type { Checks } from './checks.ts';
import { delay } from './network.ts';
import type { Random } from './random.ts';
import { Killed, type ServerProcess } from './server-process.ts';
import { embedded, type SimulatedServer } from './simulated-server.ts';

const SECOND = 1000;

interface Setting {
  readonly server: SimulatedServer;
  readonly random: Random;
  readonly checks: Checks;
}

/** The server's answer about a job: its status, and whether an update was accepted. */
interface JobAnswer {
  readonly status: string;
  readonly isAccepted?: boolean;
}

/** A runner without an executor. It takes jobs, sends heartbeats and logs, and repeats its reports until accepted. */
export class SimulatedRunner {
  readonly #traits: RunnerTraits;
  readonly #setting: Setting;
  readonly #isTwoPhase: boolean;
  readonly #namesRequests: boolean;
  readonly #held = new Set<number>();
  #process: ServerProcess;
  #life = 0;
  #requests = 0;

  constructor(traits: RunnerTraits, setting: Setting) {
    this.#traits = traits;
    this.#setting = setting;
    this.#process = setting.server.process;
    this.#isTwoPhase = setting.random.chance(0.7);
    this.#namesRequests = setting.random.chance(0.7);
  }

  /** Forgets all of its jobs, and starts again. */
  restart(): void {
    this.#life += 1;
    this.#process = this.#setting.server.process;
    this.#held.clear();
    void this.#live(this.#life);
  }

  async #live(life: number): Promise<void> {
    let seen = '';
    for (let round = 0; life === this.#life && !this.#isGone(); round += 1) {
      const { jobService, process, starts } = this.#setting.server;
      const mark = process.isDead ? seen : `${starts} ${jobService.queueMark(this.#traits)}`;
      if (this.#held.size < this.#traits.concurrency && (mark !== seen || round % 10 === 0)) {
        const job = await this.#request();
        if (job === 'none') seen = mark;
        else if (job !== undefined && life === this.#life && !this.#held.has(job.id)) void this.#work(job, life);
      }
      await delay(3 * SECOND);
    }
  }

  /** The embedded runner dies with its server, which starts another one. */
  #isGone(): boolean {
    return this.#traits === embedded && this.#process.isDead;
  }

  async #request(): Promise<JobResponse | 'none' | undefined> {
    const { server } = this.#setting;
    this.#requests += 1;
    const name = this.#namesRequests ? `${this.#life}.${this.#requests}` : undefined;
    const request = { info: { features: { two_phase_job_commit: this.#isTwoPhase } } } as JobRequest;
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const answer = await server.network.call(async () => {
        await server.jobService.greet(this.#traits, request);
        const { jobService, process } = server;
        const job = await jobService.requestJob(this.#traits, request, name);
        if (process.isDead) throw new Killed();
        return { job };
      });
      if (answer !== undefined) return answer.job ?? 'none';
    }
    return undefined;
  }

  async #work(job: JobResponse, life: number): Promise<void> {
    const { random, checks } = this.#setting;
    this.#held.add(job.id);
    checks.note(`${this.#traits.name} begins job ${job.id}`);
    const isAlive = () => life === this.#life && !this.#isGone();
    let state: 'success' | 'failed' = random.chance(0.8) ? 'success' : 'failed';
    const hasLog = random.chance(0.05);
    for (let left = random.between(this.#isTwoPhase ? 1 : 0, 3); left > 0 && isAlive(); left -= 1) {
      const answer = await this.#send(job, { state: 'running' } as JobUpdate);
      if (answer?.status === 'ended') return this.#drop(job);
      if (answer?.status === 'canceling') state = 'failed';
      await delay(random.between(1, 40) * SECOND);
    }
    if (hasLog) await this.#sendLog(job);
    const update = state === 'success' ? { state } : { state, failure_reason: 'script_failure', exit_code: 1 };
    const output = hasLog ? { output: { bytesize: LOG.length } } : {};
    for (let isDone = false; !isDone && isAlive();) {
      checks.reported(job.id, state);
      const answer = await this.#send(job, { ...update, ...output } as JobUpdate);
      if (answer?.isAccepted === false) await this.#sendLog(job);
      isDone = answer?.status === 'ended' || answer?.isAccepted === true;
      if (!isDone) await delay(random.between(1, 5) * SECOND);
    }
    if (life === this.#life) this.#drop(job);
  }

  #drop(job: JobResponse): void {
    this.#held.delete(job.id);
  }

  #send({ id, token }: JobResponse, update: JobUpdate): Promise<JobAnswer | undefined> {
    const { server, random, checks } = this.#setting;
    return server.network.call(async (): Promise<JobAnswer> => {
      const { jobService, process } = server;
      const run = await jobService.authenticateJob(String(id), token);
      if (run === undefined || !isLive(run)) return { status: 'ended' };
      // The server reads the stored log before it takes an update; other calls may come between.
      if (server.network.isFaulty && random.chance(0.2)) await delay(random.between(1, 20_000));
      const isAccepted = await checks.io(jobService.update(run, update));
      if (process.isDead) throw new Killed();
      checks.note(`job ${id}: ${this.#traits.name} reports ${update.state}: ${isAccepted ? 'accepted' : 'incomplete'}`);
      const isFinal = update.state === 'success' || update.state === 'failed';
      if (isFinal && isAccepted) checks.acknowledged(server.context.pipelines.run(String(id)) as JobRun);
      return { status: run.status, isAccepted };
    });
  }

  async #sendLog({ id, token }: JobResponse): Promise<void> {
    const { server, checks } = this.#setting;
    for (let offset = 0; offset < LOG.length; offset += 10) {
      await server.network.call(async () => {
        const run = await server.jobService.authenticateJob(String(id), token);
        if (run === undefined || !isLive(run)) return {};
        return checks.io(server.jobService.appendTrace(run, offset, LOG.subarray(offset, offset + 10)));
      });
    }
  }
}

const LOG = Buffer.from('one line of a log\nand another\n');
