import { checkEnvironments } from './jobs/check-environments.ts';
import { checkGraph } from './jobs/check-graph.ts';
import { ContextVariables } from './variables/context-variables.ts';
import { ExpandedSize } from './document/expanded-size.ts';
import { FaultList } from './document/fault-list.ts';
import { Field } from './document/field.ts';
import { DocumentLoader } from './include/document-loader.ts';
import { sourceOf, type JobSource } from './jobs/job-source.ts';
import { readJob, type JobSetting, type ReadJob } from './jobs/job.ts';
import { isForeignNeed, type JobPlan } from './job-plan.ts';
import { isGlobal, RESERVED_NAMES } from './keywords/keywords.ts';
import { defaultLimits, type PipelineLimits } from './limits.ts';
import { get, type Mapping } from './document/mapping.ts';
import { Copies } from './keywords/parallel.ts';
import type { PipelineContext, PipelinePlan, PipelineText, ReadPipeline } from './pipeline-plan.ts';
import { startReading, type Reading, type ReadingStart } from './reading.ts';
import { readStages } from './keywords/stages.ts';
import { checkName } from './document/values.ts';
import { checkVariableNames, readVariables } from './variables/variables.ts';
import { readWorkflow } from './keywords/workflow.ts';
import { BudgetSpent, WorkBudget } from './document/work-budget.ts';

/**
 * Reads a `.gitlab-ci.yml` or a generated child pipeline into the jobs that will run, or reports all its faults.
 * `file` is the name in diagnostics. Never throws because of the text.
 */
export function readPipeline(text: string, file: string, context: PipelineContext): ReadPipeline {
  return readPipelineFiles([{ text, file, inputs: context.inputs }], context);
}

/**
 * The same for a child pipeline of several files, later ones over earlier ones, each with inputs of its own. `budget`:
 * that of the previous reading where the same files are read again.
 */
export function readPipelineFiles(
  files: readonly PipelineText[],
  context: PipelineContext,
  budget: WorkBudget = new WorkBudget({ ...defaultLimits, ...context.limits }),
): ReadPipeline {
  const limits = { ...defaultLimits, ...context.limits };
  const faults = new FaultList(files[0]?.file ?? '');
  budget.startAgain();
  const variables = new ContextVariables(context, budget.putIn);
  const start = { context, budget, variables, faults, sizes: new ExpandedSize() };
  const loader = new DocumentLoader({ context, limits, faults, budget, lookup: variables.expandedOver({}) });
  const result = withinBudget(faults, () => {
    const root = loadRoot(files, loader, { start, limits });
    return root === undefined ? {} : readJobs(startReading(root, start), limits);
  });
  const read = { diagnostics: faults.toDiagnostics(), includes: [...loader.includes.values()] };
  return faults.hasErrors ? read : { ...result, ...read };
}

function withinBudget<Result>(faults: FaultList, read: () => Result): Result | Record<string, never> {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof BudgetSpent)) throw error;
    tooLarge(faults, error.what, { actual: `more than ${error.limit}`, limit: error.limit });
    return {};
  }
}

function loadRoot(
  files: readonly PipelineText[],
  loader: DocumentLoader,
  { start, limits }: { readonly start: ReadingStart; readonly limits: PipelineLimits },
): Mapping | undefined {
  const { faults } = start;
  const loaded = files.map((file) => loader.load(file)).filter((file) => file !== undefined);
  const [first] = loaded;
  if (faults.hasErrors || first === undefined) return undefined;
  const { root, documents } = loaded.length === 1 ? first : loader.merge(loaded);
  faults.documents = documents;
  const size = start.sizes.of(root);
  if (size <= limits.maxExpandedSize) return root;
  return tooLarge(faults, 'its size with aliases written out', { actual: size, limit: limits.maxExpandedSize });
}

function tooLarge(faults: FaultList, what: string, numbers: { actual: number | string; limit: number }): undefined {
  const actual = numbers.actual === Infinity ? 'endless' : numbers.actual;
  return faults.error({ line: 1, column: 1 }, 'GITLAB_TOO_LARGE', { what, actual, limit: numbers.limit });
}

function readJobs(reading: Reading, limits: PipelineLimits): Pick<ReadPipeline, 'plan' | 'notCreated'> {
  const field = reading.references.topLevel('variables');
  const globals = readVariables(field, 'file');
  checkVariableNames(globals, field, reading.checkedNames);
  const { name, autoCancel, runs, hasRules, variables: ruled } = readWorkflow(reading, globals);
  const stages = readStages(reading);
  const variables = { ...globals, ...ruled };
  const sources = readSources(reading, limits);
  if (sources === undefined) return {};
  const setting = {
    reading,
    globals: variables,
    globalCount: Object.keys(variables).length,
    copies: new Copies(sources, reading.budget.entries),
    hasWorkflowRules: hasRules,
  };
  checkEnvironments(sources);
  const jobs = readCopies(sources, setting, limits);
  if (jobs === undefined) return {};
  checkGraph(jobs, stages);
  if (!runs) return { notCreated: 'No rule of `workflow` lets this pipeline run' };
  return toPlan(jobs, { name, autoCancel, stages, variables });
}

/** Returns all visible jobs; undefined if there are too many or they are too large. */
function readSources(reading: Reading, limits: PipelineLimits): readonly JobSource[] | undefined {
  const { root, faults } = reading;
  const names = Object.keys(root).filter(
    (key) => !key.startsWith('.') && !isGlobal(key, root[key]) && isJob(key, reading),
  );
  if (names.length > limits.maxJobs)
    return tooLarge(faults, 'its number of jobs', { actual: names.length, limit: limits.maxJobs });
  if (names.length === 0) faults.error({ line: 1, column: 1 }, 'GITLAB_NO_JOBS', {});
  let size = 0;
  const sources: JobSource[] = [];
  for (const name of names) {
    const source = sourceOf(name, reading);
    size += reading.sizes.of(source.field.value);
    if (size > limits.maxExpandedSize)
      return tooLarge(faults, 'its size with templates written out', { actual: size, limit: limits.maxExpandedSize });
    sources.push(source);
  }
  return sources;
}

/** Reads every job, those with `parallel` as often as they run. */
function readCopies(
  sources: readonly JobSource[],
  setting: JobSetting,
  limits: PipelineLimits,
): readonly ReadJob[] | undefined {
  const { copies, reading } = setting;
  const count = sources.reduce((sum, { name }) => sum + (copies.of(name)?.length ?? 1), 0);
  if (count > limits.maxJobs)
    return tooLarge(reading.faults, 'its number of jobs', { actual: count, limit: limits.maxJobs });
  const jobs = sources.flatMap(
    (source) => copies.of(source.name)?.map((copy) => readJob(source, setting, copy)) ?? [readJob(source, setting)],
  );
  // A matrix can give several jobs the same name, or the name of another; as in GitLab the last replaces the first.
  return copies.isEmpty ? jobs : [...new Map(jobs.map((job) => [job.plan.name, job])).values()];
}

function isJob(name: string, { root, faults }: Reading): boolean {
  const field = new Field({ faults, owners: [name] }, get(root, name));
  checkName(name, field);
  if (name.trim() === '') field.invalid('a name', null);
  if (RESERVED_NAMES.has(name)) field.misplaced('the names of jobs');
  if (field.isMapping && name !== '__proto__') return true;
  return field.invalid('a job, that is a mapping with a `script` or a `trigger`') ?? false;
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

/** Removes optional needs of jobs that are not in the pipeline. */
function dropAbsent(plan: JobPlan, names: ReadonlySet<string>): JobPlan {
  const needs = plan.needs?.filter((need) => isForeignNeed(need) || names.has(need.job));
  return needs?.length === plan.needs?.length ? plan : { ...plan, needs };
}
