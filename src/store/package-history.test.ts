import { expect, onTestFinished, test } from 'vitest';
import { Database } from './database.ts';
import { createPackageHistory } from './package-history.ts';

const at = (day: number) => `2026-11-0${day}T00:00:00.000Z`;
const gcc = { package: 'gcc', version: '14.2.0', phase: 'script' };

function open() {
  const database = new Database(':memory:');
  onTestFinished(() => database.close());
  return createPackageHistory(database);
}

test('a mean weighs the first runs alike, and from the fourth on the newest with a quarter', () => {
  const history = open();
  for (const [index, seconds] of [10, 20, 30, 40].entries()) history.record({ ...gcc, seconds, at: at(index + 1) });
  expect(history.phases('script')).toMatchObject([{ seconds: 25, maxSeconds: 40, runs: 4, at: at(4) }]);
  history.record({ ...gcc, seconds: 65, at: at(5) });
  expect(history.phases('script')).toMatchObject([{ seconds: 35, maxSeconds: 65, runs: 5 }]);
});

test('a run that was not measured leaves the measures of earlier ones', () => {
  const history = open();
  history.record({ ...gcc, seconds: 10, at: at(1) });
  expect(history.phases('script')).toMatchObject([{ memory: undefined, maxMemory: undefined, method: undefined }]);
  history.record({ ...gcc, seconds: 10, memory: 4e9, cpuSeconds: 35, method: 'cgroup', at: at(2) });
  history.record({ ...gcc, seconds: 10, at: at(3) });
  const measured = { memory: 4e9, maxMemory: 4e9, cpuSeconds: 35, maxCpuSeconds: 35, method: 'cgroup' };
  expect(history.phases('script')).toMatchObject([measured]);
});

test('phases, versions and packages have histories of their own', () => {
  const history = open();
  history.record({ ...gcc, seconds: 10, at: at(1) });
  history.record({ ...gcc, version: '13.3.0', seconds: 9, at: at(1) });
  history.record({ ...gcc, phase: 'job', seconds: 12, at: at(1) });
  history.record({ ...gcc, package: 'zlib', seconds: 1, at: at(1) });
  const found = history.phases('script').map(({ package: name, version }) => `${name}@${version}`);
  expect(found).toEqual(['gcc@13.3.0', 'gcc@14.2.0', 'zlib@14.2.0']);
});
