import type { Wait } from '../kit/index.ts';
import { NO_ANSWER, type Cluster, type ClusterJob } from './cluster.ts';
import { slurmError } from './errors.ts';
import type { JobFolder } from './job-folder.ts';

interface ClusterRun {
  readonly cluster: Cluster;
  /** Unique among the jobs of the cluster. */
  readonly name: string;
  readonly folder: JobFolder;
  /** Options of `sbatch`. */
  readonly words: readonly string[];
  /** Milliseconds between two looks into the folder. */
  readonly poll: number;
  readonly wait: Wait;
  /** Receives the log as it grows. */
  readonly onOutput: (bytes: Uint8Array) => void;
  /** Receives sentences about how the job stands in the queue. */
  readonly onNote: (line: string) => void;
  /** Called when Slurm has ended the job at its memory limit. */
  readonly onOutOfMemory?: () => void;
  /** Cancels the job. */
  readonly signal: AbortSignal;
}

/** Looks into the folder for each question to the controller, which serves the whole cluster. */
const LOOKS_PER_QUESTION = 5;
/** States in which a job has an exit status sooner or later. */
const ALIVE = /^(?:PENDING|CONFIGURING|RUNNING|COMPLETING|SUSPENDED|STOPPED|SIGNALING|STAGE_OUT|RESIZING|REQUEUE\w*)$/;
/** Exit status of a program that the kernel killed, as it does for memory. */
const KILLED = 137;

/**
 * Runs the script of a folder as a job of Slurm and returns its exit status; undefined if it was canceled. The job is watched
 * by its files, so it is not lost when the controller restarts. Throws SLURM_JOB_LOST where it ended without an exit status:
 * the node failed, or Slurm or an administrator ended it.
 */
export async function runOnCluster(run: ClusterRun): Promise<number | undefined> {
  const { folder, poll, wait, signal, onOutput } = run;
  const id = await submit(run);
  if (id === undefined) return undefined;
  run.onNote(`Submitted job ${id} of Slurm.`);
  const watch = new QueueWatch(run, id);
  for (let looks = 0; ; looks += 1) {
    await wait(poll, signal);
    if (signal.aborted) return cancel(run, id);
    const code = await folder.exitCode();
    await folder.readLog(onOutput);
    if (code !== undefined) return code;
    if (looks % LOOKS_PER_QUESTION !== 0) continue;
    const ended = await watch.ask();
    if (ended !== undefined) return endOf(run, { id, ended });
  }
}

/** Waits for the controller. A submission without an answer may have been accepted, so the name is looked up first. */
async function submit({
  cluster,
  name,
  folder,
  words,
  poll,
  wait,
  signal,
  onNote,
}: ClusterRun): Promise<string | undefined> {
  let id = await cluster.submit({ name, folder: folder.path, ...folder.files, words });
  if (id === NO_ANSWER) onNote('The controller of Slurm does not answer. Waiting for it.');
  while (id === NO_ANSWER) {
    await wait(poll * LOOKS_PER_QUESTION, signal);
    if (signal.aborted) {
      await cluster.cancel(name);
      return undefined;
    }
    const found = await cluster.find(name);
    if (found === NO_ANSWER) continue;
    id = found ?? (await cluster.submit({ name, folder: folder.path, ...folder.files, words }));
  }
  return id;
}

/** Asks the controller about one job, and reports what changes. */
class QueueWatch {
  readonly #run: ClusterRun;
  readonly #id: string;
  #noted = '';
  #ended: ClusterJob | undefined;

  constructor(run: ClusterRun, id: string) {
    this.#run = run;
    this.#id = id;
  }

  /** Returns the job when it has ended for the second time asked: its files may reach this host later. */
  async ask(): Promise<ClusterJob | undefined> {
    const job = await this.#run.cluster.job(this.#id);
    if (job === NO_ANSWER) {
      this.#note('The controller of Slurm does not answer. The job goes on.');
      return undefined;
    }
    if (job?.state === 'PENDING') this.#note(`The job waits in the queue of Slurm: ${job.reason}.`);
    if (job !== undefined && ALIVE.test(job.state)) {
      this.#ended = undefined;
      return undefined;
    }
    const before = this.#ended;
    this.#ended = job ?? before ?? { state: 'UNKNOWN', reason: 'the controller has no such job' };
    return before === undefined ? undefined : this.#ended;
  }

  #note(line: string): void {
    if (line !== this.#noted) this.#run.onNote(line);
    this.#noted = line;
  }
}

interface Ending {
  readonly id: string;
  readonly ended: ClusterJob;
}

/** A job that ran out of time or memory has failed; all else is a fault of the cluster. */
async function endOf({ folder, onNote, onOutOfMemory }: ClusterRun, { id, ended }: Ending): Promise<number> {
  const report = await folder.report();
  const output = report === '' ? '' : `\n${report}`;
  if (ended.state === 'OUT_OF_MEMORY' || ended.state === 'TIMEOUT') {
    if (ended.state === 'OUT_OF_MEMORY') onOutOfMemory?.();
    const limit = ended.state === 'TIMEOUT' ? 'time limit' : 'memory limit';
    onNote(`Slurm ended the job ${id} at its ${limit}.${output}`);
    return ended.state === 'TIMEOUT' ? 1 : KILLED;
  }
  const state = `${ended.state} (${ended.reason})`;
  throw slurmError('SLURM_JOB_LOST', { id, state, output, remedy: remedyOf(ended.state) });
}

function remedyOf(state: string): string {
  if (state === 'CANCELLED') return 'Ask who canceled it in Slurm, and retry the job.';
  if (state === 'COMPLETED' || state === 'FAILED')
    return 'Check that the nodes see the `folder` of the settings at the same path.';
  return 'Retry the job. If this happens again, look for the node in `sinfo -R`.';
}

/** Cancels until the controller has answered, then waits for the end of the job, so that nothing of it is left. */
async function cancel({ folder, onOutput, ...run }: ClusterRun, id: string): Promise<undefined> {
  const { cluster, name, poll, wait } = run;
  while (!(await cluster.cancel(name))) await wait(poll);
  await untilEnded({ ...run, id }, async () => {
    await folder.readLog(onOutput);
    return (await folder.exitCode()) !== undefined;
  });
}

/** Waits until a job has ended on Slurm, or in another way. */
export async function untilEnded(
  { cluster, id, poll, wait }: Pick<ClusterRun, 'cluster' | 'poll' | 'wait'> & { readonly id: string },
  hasEnded: () => Promise<boolean> = async () => false,
): Promise<void> {
  for (;;) {
    const job = await cluster.job(id);
    const isOver = await hasEnded();
    if (job === undefined) return;
    if (job !== NO_ANSWER && (isOver || !ALIVE.test(job.state))) return;
    await wait(poll);
  }
}
