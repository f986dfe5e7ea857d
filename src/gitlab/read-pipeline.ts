import { checkGraph, localNeeds } from './check-graph.ts';
import { ExpandedSize } from './expanded-size.ts';
import { FaultList, Spot } from './fault-list.ts';
import { sourceOf } from './job-source.ts';
import type { JobSource } from './job-source.ts';
import { readJob } from './job.ts';
import type { ReadJob } from './job.ts';
import type { JobPlan } from './job-plan.ts';
import { GLOBAL_KEYWORDS } from './keywords.ts';
import { defaultLimits } from './limits.ts';
import type { PipelineLimits } from './limits.ts';
import { get, isMapping } from './mapping.ts';
import type { Mapping } from './mapping.ts';
import { expandParallel } from './parallel.ts';
import type { PipelineContext, PipelinePlan, ReadPipeline } from './pipeline-plan.ts';
import { startReading } from './reading.ts';
import type { Reading } from './reading.ts';
import { readStages } from './stages.ts';
import { readVariables } from './variables.ts';
import { readWorkflow } from './workflow.ts';
import { readYamlDocument } from './yaml-document.ts';

/**
 * Reads a `.gitlab-ci.yml` or a generated child pipeline into the jobs that will run, or tells all its faults.
 * `file` is the name that diagnostics carry. Never throws for what the text holds.
 */
export function readPipeline(text: string, file: string, context: PipelineContext): ReadPipeline {
  const limits = { ...defaultLimits, ...context.limits };
  const faults = new FaultList(file);
  const root = readRoot(text, faults, limits);
  const result = root === undefined ? {} : readJobs(startReading(root, context, faults), limits);
  const diagnostics = faults.toDiagnostics();
  return faults.hasErrors ? { diagnostics } : { ...result, diagnostics };
}

function readRoot(text: string, faults: FaultList, limits: PipelineLimits): Mapping | undefined {
  const root = readYamlDocument(text, faults, limits);
  if (faults.hasErrors) return undefined;
  if (!isMapping(root)) {
    return faults.error({ line: 1, column: 1 }, 'GITLAB_VALUE_INVALID', {
      keyword: 'the pipeline',
      expected: 'a mapping of jobs',
      actual: 'anything else',
    });
  }
  const size = new ExpandedSize().of(root);
  if (size <= limits.maxExpandedSize) return root;
  return tooLarge(faults, 'its size with aliases written out', { actual: size, limit: limits.maxExpandedSize });
}

function tooLarge(faults: FaultList, what: string, numbers: { actual: number; limit: number }): undefined {
  const actual = numbers.actual === Infinity ? 'endless' : numbers.actual;
  return faults.error({ line: 1, column: 1 }, 'GITLAB_TOO_LARGE', { what, actual, limit: numbers.limit });
}

function readJobs(reading: Reading, limits: PipelineLimits): Pick<ReadPipeline, 'plan' | 'notCreated'> {
  const spotVariables = new Spot(reading.faults, ['variables']);
  const globals = readVariables(
    reading.references.resolve(get(reading.root, 'variables'), spotVariables),
    spotVariables,
  );
  const workflow = readWorkflow(reading, globals);
  const stages = readStages(reading);
  const variables = { ...globals, ...workflow.variables };
  const sources = readSources(reading, limits);
  if (sources === undefined) return {};
  const jobs = expandParallel(sources.map((source) => readJob(source, reading, variables)));
  if (jobs.length > limits.maxJobs)
    return tooLarge(reading.faults, 'its number of jobs', { actual: jobs.length, limit: limits.maxJobs }) ?? {};
  checkGraph(jobs, stages);
  if (!workflow.runs) return { notCreated: 'No rule of `workflow` lets this pipeline run' };
  const { name } = workflow;
  return toPlan(jobs, { ...(name === undefined ? {} : { name }), stages, variables });
}

/** All visible jobs; undefined when there are too many or they are too large. */
function readSources(reading: Reading, limits: PipelineLimits): readonly JobSource[] | undefined {
  const { root, faults } = reading;
  if (Object.hasOwn(root, 'include')) {
    new Spot(faults, ['include']).error('GITLAB_KEYWORD_UNSUPPORTED', {
      keyword: 'include',
      remedy: 'Put the included text into this file',
    });
  }
  const names = Object.keys(root).filter(
    (key) => !key.startsWith('.') && !GLOBAL_KEYWORDS.has(key) && isJob(key, reading),
  );
  if (names.length > limits.maxJobs)
    return tooLarge(faults, 'its number of jobs', { actual: names.length, limit: limits.maxJobs });
  if (names.length === 0) faults.error({ line: 1, column: 1 }, 'GITLAB_NO_JOBS', {});
  const sizes = new ExpandedSize();
  let size = 0;
  const sources: JobSource[] = [];
  for (const name of names) {
    const source = sourceOf(name, reading);
    size += sizes.of(source.value);
    if (size > limits.maxExpandedSize)
      return tooLarge(faults, 'its size with templates written out', { actual: size, limit: limits.maxExpandedSize });
    sources.push(source);
  }
  return sources;
}

function isJob(name: string, { root, faults }: Reading): boolean {
  if (isMapping(get(root, name)) && name !== '__proto__') return true;
  return (
    new Spot(faults, [name]).invalid('a job, that is a mapping with a `script` or a `trigger`', get(root, name)) ??
    false
  );
}

function toPlan(jobs: readonly ReadJob[], head: Omit<PipelinePlan, 'jobs'>): Pick<ReadPipeline, 'plan' | 'notCreated'> {
  const added = jobs.filter((job) => job.isAdded).map((job) => job.plan);
  const names = new Set(added.map((plan) => plan.name));
  const used = new Set(added.map((plan) => plan.stage));
  if (added.length === 0) return { notCreated: 'The rules leave no job in this pipeline' };
  if ([...used].every((stage) => stage === '.pre' || stage === '.post')) {
    return { notCreated: 'Only jobs of the stages `.pre` and `.post` are left, which make no pipeline of their own' };
  }
  return {
    plan: {
      ...head,
      stages: head.stages.filter((stage) => used.has(stage)),
      jobs: added.map((plan) => dropAbsent(plan, names)),
    },
  };
}

/** Optional needs of jobs that are not there impose nothing. */
function dropAbsent(plan: JobPlan, names: ReadonlySet<string>): JobPlan {
  if (localNeeds(plan.needs).every((need) => names.has(need.job))) return plan;
  return { ...plan, needs: plan.needs?.filter((need) => need.pipeline !== undefined || names.has(need.job)) };
}
