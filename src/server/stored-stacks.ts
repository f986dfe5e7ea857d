import { existsSync } from 'node:fs';
import {
  coordinatorError,
  dataFolder,
  defaultBranchProblem,
  failureOfPipeline,
  summarizePromotions,
  type PipelineLedger,
  type ServerConfiguration,
  type StackConfiguration,
} from '../coordinator/index.ts';
import { suggestion, systemClock } from '../kit/index.ts';
import {
  Problem,
  listsJobs,
  viewOf,
  type DestinationView,
  type JobSummary,
  type PipelineSummary,
  type StackSummary,
} from '../protocol/index.ts';
import {
  Database,
  createForgeLedger,
  createNotificationLedger,
  createPipelineLedger,
  createPromotionLedger,
  storeError,
} from '../store/index.ts';
import { destinationViews } from './notifications/destination-views.ts';

/** Reads the summaries of stacks, or of one, from the database in a data folder. No server needs to run. */
export function readStoredStacks(
  { data, stacks }: Pick<ServerConfiguration, 'data' | 'stacks'>,
  name: string | undefined,
): readonly StackSummary[] {
  return withDatabase(data, (database) => readStacks({ database, data }, stacks, name));
}

/** Reads how the destinations of notifications are doing, from the same place. */
export function readStoredDestinations(
  configuration: Pick<ServerConfiguration, 'data' | 'stacks' | 'notifications'>,
): readonly DestinationView[] {
  return withDatabase(configuration.data, (database) =>
    destinationViews(configuration, createNotificationLedger(database), systemClock),
  );
}

function withDatabase<T>(data: string, read: (database: Database) => T): T {
  const { database: file } = dataFolder(data);
  if (!existsSync(file)) throw storeError('STORE_NO_DATA', { folder: data });
  const database = new Database(file, { readonly: true });
  try {
    return read(database);
  } finally {
    database.close();
  }
}

function readStacks(
  { database, data }: { readonly database: Database; readonly data: string },
  stacks: readonly StackConfiguration[],
  only: string | undefined,
): readonly StackSummary[] {
  const [pipelines, ledger] = [createPipelineLedger(database), createForgeLedger(database)];
  const promotions = createPromotionLedger(database);
  const seen = database.all('SELECT DISTINCT stack FROM refs').map((row) => String(row.stack));
  const known = [...new Set([...stacks.map(({ name }) => name), ...seen])];
  if (only !== undefined && !known.includes(only))
    throw coordinatorError('STACK_UNKNOWN', { stack: only }, { hint: suggestion(only, known) });
  const problemOf = (name: string) => {
    const stack = stacks.find((one) => one.name === name);
    const problem = (stack && defaultBranchProblem(stack, ledger.knownRefs(name))) ?? ledger.commentProblem(name);
    return problem && viewOf(Problem, problem);
  };
  const sources = { pipelines, folder: dataFolder(data), baseUrl: () => '' };
  const failureOf = ({ id, status }: PipelineSummary) =>
    status === 'failed' ? failureOfPipeline(sources, id) : undefined;
  return (only === undefined ? known : [only]).map((name) => ({
    name,
    problem: problemOf(name),
    statuses: ledger.statuses(name),
    pipelines: pipelines
      .list({ stack: name, limit: 20 })
      .map(({ upstream, ...record }) => ({
        ...record,
        upstream: upstream?.pipeline,
        promotion: summarizePromotions(promotions.promotions(record.id)),
      }))
      .map((record) =>
        listsJobs(record) ? { ...record, jobs: familyJobs(pipelines, record.id), failure: failureOf(record) } : record,
      ),
    images: ledger.publications(name),
  }));
}

function familyJobs(pipelines: PipelineLedger, id: string): readonly JobSummary[] {
  const { plan, jobs } = pipelines.state(id);
  const own = plan.jobs.map(({ name, stage, allowFailure }) => {
    const { status = 'created', attempt = 1, failureReason, message } = jobs[name] ?? {};
    const run = pipelines.latestRun(id, name);
    const about = { id: run?.id ?? '', pipeline: id, name, stage, status, attempt };
    return { ...about, allowFailure: allowFailure === true, failureReason, message };
  });
  return [...own, ...pipelines.children(id).flatMap((child) => familyJobs(pipelines, child.id))];
}
