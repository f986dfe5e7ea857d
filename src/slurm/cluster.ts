import { attemptProgram, type ProcessVariables, type ProgramResult } from '../kit/index.ts';
import { slurmError } from './errors.ts';

/** A job as the controller knows it. */
export interface ClusterJob {
  /** As `squeue` names it: PENDING, RUNNING, COMPLETED, NODE_FAIL and so on. */
  readonly state: string;
  /** Why it waits or has ended, in a word. */
  readonly reason: string;
}

/** The controller gives no answer now: it restarts, or the network is down. */
export const NO_ANSWER = Symbol('no answer');

interface Submission {
  /** Unique; the job is found by it where the answer to its submission is lost. */
  readonly name: string;
  /** Absolute; the job starts in it. */
  readonly folder: string;
  /** Files in the folder: what the node runs, and what Slurm itself reports about it. */
  readonly script: string;
  readonly report: string;
  readonly words: readonly string[];
}

/** Milliseconds that a command of Slurm may take. */
const LONGEST_COMMAND = 60_000;
const UNREACHABLE =
  /unable to contact|socket timed out|connection refused|zero bytes|standby mode|temporarily unavailable|transport endpoint|communication connection/i;

/**
 * The commands of Slurm. Any number of calls may run at once. They see only the variables that are given, since `sbatch` takes
 * options from variables too, and passes all of them on to the job.
 */
export class Cluster {
  readonly #env: ProcessVariables;

  constructor(env: ProcessVariables) {
    this.#env = env;
  }

  /** Submits a job and returns its id. Throws SLURM_SUBMIT_FAILED where Slurm refuses it. */
  async submit({ name, folder, script, report, words }: Submission): Promise<string | typeof NO_ANSWER> {
    const fixed = ['--parsable', `--job-name=${name}`, '--no-requeue', `--chdir=${folder}`, '--export=ALL'];
    const files = [`--output=${report}`, '--open-mode=append'];
    const result = await this.#run('sbatch', [...fixed, ...files, ...words, script]);
    const [, id] = /^(\d+)(?:;\S+)?$/m.exec(result.text) ?? [];
    if (result.isSuccess && id !== undefined) return id;
    if (hasNoAnswer(result)) return NO_ANSWER;
    throw slurmError('SLURM_SUBMIT_FAILED', { reason: result.reason });
  }

  /** Returns the id of the newest job with a name. */
  async find(name: string): Promise<string | undefined | typeof NO_ANSWER> {
    const result = await this.#run('squeue', ['--noheader', '--states=all', `--name=${name}`, '--format=%i']);
    if (!result.isSuccess) return NO_ANSWER;
    return result.text
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '')
      .toSorted((a, b) => Number(b) - Number(a))[0];
  }

  /** Returns a job by its id; undefined where the controller has forgotten it. */
  async job(id: string): Promise<ClusterJob | undefined | typeof NO_ANSWER> {
    const result = await this.#run('squeue', ['--noheader', '--states=all', `--jobs=${id}`, '--format=%T|%r']);
    if (/invalid job id/i.test(result.output)) return undefined;
    if (!result.isSuccess) return NO_ANSWER;
    const [state = '', reason = ''] = result.text.trim().split('|');
    return state === '' ? undefined : { state, reason };
  }

  /** Ends all jobs with a name. Returns whether the controller has answered. */
  async cancel(name: string): Promise<boolean> {
    return (await this.#run('scancel', [`--name=${name}`])).isSuccess;
  }

  #run(program: string, words: readonly string[]): Promise<ProgramResult> {
    return attemptProgram(program, words, { env: this.#env, timeout: LONGEST_COMMAND });
  }
}

function hasNoAnswer(result: ProgramResult): boolean {
  return result.cut === 'timeout' || result.exitCode === undefined || UNREACHABLE.test(result.output);
}
