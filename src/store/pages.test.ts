// The SQL of a statement decides the type of its rows, which the caller names.
// oxlint-disable typescript/no-unnecessary-type-parameters
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { temporaryFolder } from '../../test/support/mirror-package.ts';
import { planFrom } from '../../test/support/plan.ts';
import type { PipelineLedger } from '../coordinator/index.ts';
import { createPipeline } from '../pipeline/index.ts';
import { Database } from './database.ts';
import { createPipelineLedger } from './pipeline-ledger.ts';

/** Notes how SQLite carries out each query. */
class ExplainedDatabase extends Database {
  readonly steps: string[] = [];

  override all<T>(sql: string, ...values: (string | number | undefined)[]): readonly T[] {
    this.steps.push(...super.all(`EXPLAIN QUERY PLAN ${sql}`, ...values).map(({ detail }) => String(detail)));
    return super.all<T>(sql, ...values);
  }
}

const plan = planFrom(`
zlib: { script: x }
zlib@1.3 /abc: { script: x }
zlib-ng@2.1 /def: { script: x }
"zlib 1/2": { script: x }
`);
let database: ExplainedDatabase;
let ledger: PipelineLedger;

beforeEach(async () => {
  database = new ExplainedDatabase(join(await temporaryFolder(), 'slipway.db'));
  ledger = createPipelineLedger(database);
});
afterEach(() => database.close());

function create(stack: string, request?: string): string {
  const subject = {
    stack,
    refType: 'branch',
    ref: 'main',
    head: 'a',
    base: 'a',
    sha: 'a',
    tree: 't',
    request,
  } as const;
  const at = '2026-01-01T00:00:00.000Z';
  const options = { at, state: (id: string) => createPipeline(id, plan) };
  const { id } = ledger.create({ ...subject, source: 'push', trust: 'protected' }, options);
  ledger.apply(id, { type: 'started', at }, at);
  database.steps.length = 0;
  return id;
}

const ids = (records: readonly { readonly id: string }[]) => records.map(({ id }) => id);

test('a page of pipelines is read by an index, in its order, whatever it is filtered by', () => {
  for (const stack of ['lab', 'other', 'lab', 'third', 'lab']) create(stack, '7');
  expect(ids(ledger.list({ limit: 2 }))).toEqual(['5', '4']);
  expect(ids(ledger.list({ before: '4', limit: 2 }))).toEqual(['3', '2']);
  expect(ids(ledger.list({ stack: 'lab', before: '5', limit: 1 }))).toEqual(['3']);
  expect(ids(ledger.list({ stacks: ['other', 'lab'], before: '5', limit: 2 }))).toEqual(['3', '2']);
  expect(ids(ledger.list({ stacks: [], limit: 2 }))).toEqual([]);
  expect(ids(ledger.list({ stacks: ['lab'], request: '7', limit: 2 }))).toEqual(['5', '3']);
  expect(database.steps).toEqual([
    'SCAN pipelines',
    'SEARCH pipelines USING INTEGER PRIMARY KEY (rowid<?)',
    'SEARCH pipelines USING INDEX pipelines_by_stack (stack=? AND rowid<?)',
    'SEARCH pipelines USING INDEX pipelines_by_stack (stack=? AND rowid<?)',
    'SEARCH pipelines USING INDEX pipelines_by_stack (stack=? AND rowid<?)',
    'SEARCH pipelines USING INDEX pipelines_by_request (stack=? AND request=?)',
  ]);
});

test('a page of the attempts at a job is read by an index, of its whole name or of its first part', () => {
  create('lab');
  create('other');
  const named = (name: string, page: Partial<Parameters<PipelineLedger['runsNamed']>[1]> = {}) =>
    ledger.runsNamed(name, { limit: 10, ...page }).map(({ id, name: own }) => `${id} ${own}`);
  expect(named('zlib')).toEqual(['8 zlib 1/2', '6 zlib@1.3 /abc', '5 zlib', '4 zlib 1/2', '2 zlib@1.3 /abc', '1 zlib']);
  expect(named('zlib', { before: '5', limit: 2 })).toEqual(['4 zlib 1/2', '2 zlib@1.3 /abc']);
  expect(named('zlib', { stacks: ['lab'], limit: 1 })).toEqual(['4 zlib 1/2']);
  expect(named('zlib', { stacks: [] })).toEqual([]);
  expect(named('zlib@1.3')).toEqual(['6 zlib@1.3 /abc', '2 zlib@1.3 /abc']);
  expect(named('zlib@1.3 /abc')).toEqual(named('zlib@1.3'));
  expect(named('zlib 1/2', { limit: 1 })).toEqual(['8 zlib 1/2']);
  expect(named('zli')).toEqual([]);
  expect(new Set(database.steps.filter((step) => /job_runs|B-TREE/.test(step)))).toEqual(
    new Set(['SEARCH job_runs USING INDEX job_runs_by_name (<expr>=? AND rowid<?)']),
  );
});

test('a page of a pipeline’s jobs reads all attempts at those alone', () => {
  const id = create('lab');
  const at = '2026-01-01T00:00:01.000Z';
  ledger.apply(id, { type: 'job-assigned', job: 'zlib', attempt: 1, runner: 'r', at }, at);
  ledger.apply(id, { type: 'job-requeued', job: 'zlib', attempt: 1, at }, at);
  database.steps.length = 0;
  const runs = ledger.runsOfJobs(id, [0, 2]).map(({ name, attempt }) => `${name} ${attempt}`);
  expect(runs).toEqual(['zlib 1', 'zlib 2', 'zlib-ng@2.1 /def 1']);
  expect(database.steps[0]).toMatch(
    /^SEARCH job_runs USING INDEX sqlite_autoindex_job_runs_1 \(pipeline=\? AND job=\?\)$/,
  );
});
