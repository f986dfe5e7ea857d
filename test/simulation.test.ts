import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Database } from '../src/store/index.ts';
import { PUSHES, simulate, type Outcome } from './support/simulation/simulate.ts';

const FIRST = Number(process.env.SLIPWAY_TEST_SEED ?? 1);
const PIPELINES = Number(process.env.SLIPWAY_TEST_PIPELINES ?? 100);
/** Lines of the trace that are shown of a simulation that went wrong. */
const SHOWN = 2000;
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-simulation-'));
  new Database(join(folder, 'template.db')).close();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function played(seed: number): Promise<Outcome> {
  const root = join(folder, String(seed));
  await mkdir(root);
  try {
    return await simulate(seed, { template: join(folder, 'template.db'), root });
  } finally {
    await rm(root, { recursive: true });
  }
}

test(
  'whatever fails, each job succeeds once, everything ends, and statuses are true',
  { timeout: 3_600_000 },
  async () => {
    const began = process.cpuUsage();
    const totals = new Map<string, number>();
    const add = (name: string, count: number) => totals.set(name, (totals.get(name) ?? 0) + count);
    for (let seed = FIRST; (totals.get('pipelines') ?? 0) < PIPELINES; seed += 1) {
      const { violations, trace, jobs, crashes } = await played(seed);
      const replay = `SLIPWAY_TEST_SEED=${seed} SLIPWAY_TEST_PIPELINES=1 npm run test:simulation`;
      if (violations.length > 0)
        expect.fail([...trace.slice(-SHOWN), ...violations, `Replay it: ${replay}`].join('\n'));
      add('pipelines', PUSHES);
      add('crashes', crashes);
      for (const [status, count] of jobs) add(`jobs ${status}`, count);
    }
    const { user, system } = process.cpuUsage(began);
    add('ms of CPU', Math.round((user + system) / 1000));
    process.stdout.write(`${[...totals].map((total) => total.join(': ')).join(', ')}\n`);
  },
);

test('the same seed gives the same trace', async () => {
  expect((await played(FIRST)).trace).toEqual((await played(FIRST)).trace);
});
