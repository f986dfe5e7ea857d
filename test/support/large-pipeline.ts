import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readPipeline, type PipelinePlan } from '../../src/gitlab/index.ts';
import type { CoordinatorContext } from '../../src/coordinator/index.ts';
import { builtInPipeline, createPipeline, type JobState, type PipelineEvent } from '../../src/pipeline/index.ts';
import { readLockfile, topologicalOrder } from '../../src/spack/index.ts';
import { largeLock } from './large-lock.ts';
import { stackName } from './served-stack.ts';

/** Jobs of the child pipeline. */
const JOBS = 5000;
const RUNNING = 60;
const FAILED = 8;

type Change = PipelineEvent extends infer Event ? (Event extends unknown ? Omit<Event, 'at'> : never) : never;

/** A pipeline whose child builds 5,000 packages: some are built, some run, eight have failed, the others wait. */
export interface LargePipeline {
  readonly id: string;
  /** Lets one event happen to a job: one that was built is to be built again, or begins, or ends. */
  step(): void;
}

/** `done` packages are built. Nothing runs, so that a test or a bench decides what happens when. */
export function createLargePipeline({ pipelines }: CoordinatorContext, done: number): LargePipeline {
  const sha = 'a'.repeat(40);
  const subject = { stack: stackName, refType: 'branch', ref: 'main', head: sha, base: sha, sha, tree: sha } as const;
  let time = Date.now() - 45 * 60_000;
  const at = () => new Date((time += 1000)).toISOString();
  const create = (plan: PipelinePlan, parent?: { readonly pipeline: string; readonly job: string }) =>
    pipelines.create(
      { ...subject, trust: 'protected', source: parent === undefined ? 'push' : 'parent_pipeline' },
      { at: at(), state: (id) => createPipeline(id, plan), parent },
    ).id;
  const happen = (pipeline: string, change: Change) => pipelines.apply(pipeline, { ...change, at: at() }, at());
  const assign = (pipeline: string, job: string, attempt = 1) =>
    happen(pipeline, { type: 'job-assigned', job, attempt, runner: `runner-${job.length % 5}` });
  const finish = (pipeline: string, job: string, attempt = 1) =>
    happen(pipeline, { type: 'job-finished', job, attempt, outcome: 'success' });

  const id = create(planFrom(builtInPipeline()));
  happen(id, { type: 'started' });
  assign(id, 'generate');
  finish(id, 'generate');
  const child = create(childPlan(), { pipeline: id, job: 'build' });
  happen(id, { type: 'child-created', job: 'build', attempt: 1, pipeline: child });
  happen(child, { type: 'started' });

  const jobOf = (name: string) => pipelines.state(child).jobs[name];
  const names = pipelines.state(child).plan.jobs.map((job) => job.name);
  const ready = () => names.find((name) => jobOf(name)?.status === 'pending') as string;
  const built = Array.from({ length: done }, () => {
    const name = ready();
    assign(child, name);
    finish(child, name);
    return name;
  });
  for (let begun = 0; begun < RUNNING; begun += 1) {
    const name = ready();
    assign(child, name);
    const change = { type: 'job-finished', job: name, attempt: 1, outcome: 'failed', exitCode: 1 } as const;
    if (begun < FAILED) happen(child, { ...change, failureReason: 'script_failure' });
  }
  let turn = 0;
  return {
    id,
    step: () => {
      const name = built[turn % done] as string;
      const { status, attempt } = jobOf(name) as JobState;
      if (status === 'success') happen(child, { type: 'retry', job: name });
      else if (status === 'pending') assign(child, name, attempt);
      else finish(child, name, attempt);
      // The same job again, until it has ended.
      if (status === 'running') turn += 1;
    },
  };
}

/** Builds all packages of a lock in the shape of a large one. */
function childPlan(): PipelinePlan {
  const fixture = fileURLToPath(new URL('../fixtures/spack/spack-0.23-tutorial/spack.lock', import.meta.url));
  const lock = largeLock(readLockfile(readFileSync(fixture, 'utf8'), 'spack.lock'), JOBS);
  const name = new Map([...lock.nodes].map(([hash, one]) => [hash, `${one.name}@${one.version} /${hash.slice(0, 7)}`]));
  const jobs = topologicalOrder(lock).map((node) => [
    name.get(node.hash),
    {
      script: ['slipway rebuild'],
      needs: [...new Set(node.dependencies?.map(({ hash }) => name.get(hash)))],
      variables: { SPACK_JOB_SPEC_DAG_HASH: node.hash, SPACK_JOB_SPEC_PKG_NAME: node.name },
    },
  ]);
  return planFrom(JSON.stringify(Object.fromEntries(jobs)));
}

function planFrom(text: string): PipelinePlan {
  const { plan, diagnostics } = readPipeline(text, 'pipeline.yml', { variables: {}, source: 'push' });
  if (plan === undefined) throw new Error(diagnostics.map(({ message }) => message).join('; '));
  return plan;
}
