import { isFinal } from './engine/job-status.ts';
import { PipelineMachine } from './engine/pipeline-machine.ts';
import type { Effect } from './engine/effect.ts';
import type { PipelineEvent } from './engine/event.ts';
import type { JobState, PipelineState } from './engine/pipeline-state.ts';
import type { JobRun, PipelineRecord, PipelineSubject } from './pipeline-record.ts';
import type { JobOutput, NewPipeline, PipelineStore } from './ports.ts';

interface StoredPipeline {
  readonly machine: PipelineMachine;
  readonly origin: Omit<PipelineRecord, 'status'>;
  readonly children: string[];
  /** Newest attempt that was started, by job. */
  readonly runs: Map<string, { readonly id: string; readonly attempt: number }>;
  readonly outputs: Map<string, JobOutput>;
}

/**
 * Keeps pipelines in memory, for one process and its end. An event costs what it changes, however many jobs there are.
 */
export class MemoryStore implements PipelineStore {
  readonly #pipelines = new Map<string, StoredPipeline>();
  readonly #onChange: (pipeline: string, job: JobState) => void;
  #runs = 0;

  /** `onChange` hears of every step of every job. */
  constructor(onChange: (pipeline: string, job: JobState) => void) {
    this.#onChange = onChange;
  }

  create(subject: PipelineSubject, { at, state, parent }: NewPipeline): PipelineRecord {
    const id = String(this.#pipelines.size + 1);
    const { parent: _, ...rest }: PipelineSubject & Pick<PipelineRecord, 'parent'> = subject;
    const origin = { ...rest, id, createdAt: at, ...(parent === undefined ? {} : { parent }) };
    const machine = new PipelineMachine(state(id), (job) => this.#changed(id, job));
    this.#pipelines.set(id, { machine, origin, children: [], runs: new Map(), outputs: new Map() });
    if (parent !== undefined) this.#get(parent.pipeline).children.push(id);
    return this.#record(this.#get(id));
  }

  apply(pipeline: string, event: PipelineEvent): { readonly effects: readonly Effect[] } {
    return { effects: this.#get(pipeline).machine.apply(event) };
  }

  state(pipeline: string): PipelineState {
    return this.#get(pipeline).machine;
  }

  record(pipeline: string): PipelineRecord | undefined {
    const found = this.#pipelines.get(pipeline);
    return found === undefined ? undefined : this.#record(found);
  }

  active(): readonly PipelineRecord[] {
    const open = [...this.#pipelines.values()].filter(({ machine }) => !isFinal(machine.status));
    return open.map((one) => this.#record(one));
  }

  children(pipeline: string): readonly PipelineRecord[] {
    return this.#get(pipeline).children.map((id) => this.#record(this.#get(id)));
  }

  /** Only a server has other stacks. */
  downstreams(): readonly PipelineRecord[] {
    return [];
  }

  latestRun(pipeline: string, name: string): JobRun | undefined {
    const { machine, runs } = this.#get(pipeline);
    const [job, run] = [machine.job(name), runs.get(name)];
    if (job === undefined || run?.attempt !== job.attempt) return undefined;
    const { status, attempt, startedAt } = job;
    return { id: run.id, pipeline, name, attempt, status, ...(startedAt === undefined ? {} : { startedAt }) };
  }

  outputs(pipeline: string, jobs: readonly string[]): readonly JobOutput[] {
    const { outputs } = this.#get(pipeline);
    // Of thousands of jobs most leave nothing.
    return outputs.size === 0 ? [] : jobs.flatMap((name) => outputs.get(name) ?? []);
  }

  /** Records what an attempt left, in place of what an earlier one did. */
  setOutput(output: JobOutput): void {
    const { pipeline, name } = output.run;
    const { outputs } = this.#get(pipeline);
    if (output.archive !== undefined || output.hasDotenv) outputs.set(name, output);
    else outputs.delete(name);
  }

  #changed(id: string, job: JobState): void {
    if (job.status === 'running') this.#started(this.#get(id), job);
    this.#onChange(id, job);
  }

  #started({ runs }: StoredPipeline, { name, attempt }: JobState): void {
    if (runs.get(name)?.attempt === attempt) return;
    this.#runs += 1;
    runs.set(name, { id: String(this.#runs), attempt });
  }

  #get(pipeline: string): StoredPipeline {
    const found = this.#pipelines.get(pipeline);
    if (found === undefined) throw new Error(`there is no pipeline ${pipeline}`);
    return found;
  }

  #record({ origin, machine }: StoredPipeline): PipelineRecord {
    return { ...origin, status: machine.status };
  }
}
