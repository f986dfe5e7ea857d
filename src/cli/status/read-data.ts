import { existsSync } from 'node:fs';
import { coordinatorError, dataFolder, defaultBranchProblem } from '../../coordinator/index.ts';
import type { PipelineLedger, ServerConfiguration, StackConfiguration } from '../../coordinator/index.ts';
import { suggestion } from '../../kit/index.ts';
import { Database, createJourneyLedger, createPipelineLedger } from '../../store/index.ts';
import { cliError } from '../errors.ts';
import { showsJobs } from './standing.ts';
import type { JobStanding, StackStanding } from './standing.ts';

/** What the database in the data folder says of its stacks, or of one; no server need run. */
export function readData(
  { data, stacks }: Pick<ServerConfiguration, 'data' | 'stacks'>,
  wanted: string | undefined,
): readonly StackStanding[] {
  const { database: file } = dataFolder(data);
  if (!existsSync(file)) throw cliError('CLI_NO_DATA', { folder: data });
  const database = new Database(file, { readonly: true });
  try {
    return readStacks(database, stacks, wanted);
  } finally {
    database.close();
  }
}

function readStacks(
  database: Database,
  stacks: readonly StackConfiguration[],
  wanted: string | undefined,
): readonly StackStanding[] {
  const [pipelines, journey] = [createPipelineLedger(database), createJourneyLedger(database)];
  const seen = database.all('SELECT DISTINCT stack FROM refs').map((row) => String(row.stack));
  const known = [...new Set([...stacks.map(({ name }) => name), ...seen])];
  if (wanted !== undefined && !known.includes(wanted))
    throw coordinatorError('STACK_UNKNOWN', { stack: wanted }, { hint: suggestion(wanted, known) });
  return (wanted === undefined ? known : [wanted]).map((name) => ({
    name,
    ...problemOf(
      stacks.find((one) => one.name === name),
      journey.knownRefs(name),
    ),
    statuses: journey.statuses(name),
    pipelines: pipelines
      .list({ stack: name, limit: 20 })
      .map((record) => (showsJobs(record) ? { ...record, jobs: familyJobs(pipelines, record.id) } : record)),
    images: journey.publications(name),
  }));
}

function problemOf(
  stack: StackConfiguration | undefined,
  refs: ReadonlyMap<string, string>,
): Pick<StackStanding, 'problem'> {
  const problem = stack === undefined ? undefined : defaultBranchProblem(stack, refs);
  if (problem === undefined) return {};
  const { code, message, hint } = problem;
  return { problem: { code, message, hint } };
}

function familyJobs(pipelines: PipelineLedger, id: string): readonly JobStanding[] {
  const { plan, jobs } = pipelines.state(id);
  const own = plan.jobs.map(({ name, stage, allowFailure }) => {
    const { status = 'created', attempt = 1, failureReason, message } = jobs[name] ?? {};
    const run = pipelines.latestRun(id, name);
    const about = { id: run?.id ?? '', pipeline: id, name, stage, status, attempt };
    return { ...about, allowFailure: allowFailure === true, failureReason, message };
  });
  return [...own, ...pipelines.children(id).flatMap((child) => familyJobs(pipelines, child.id))];
}
