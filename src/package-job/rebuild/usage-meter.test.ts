import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { UsageMeter } from './usage-meter.ts';

test('a rebuild is measured as a whole and by its phases', () => {
  const meter = new UsageMeter();
  meter.add('dependency zlib@1.3');
  meter.add('hdf5@1.14: build');
  execFileSync('sh', ['-c', 'i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done']);
  meter.add('hdf5@1.14: install');
  const [whole, build, install, ...more] = meter.finish(4096);
  expect(more).toEqual([]);
  expect(whole).toMatchObject({ phase: 'rebuild', disk: 4096, method: 'sampled' });
  expect([build?.phase, install?.phase]).toEqual(['build', 'install']);
  expect(build?.cpuSeconds).toBeGreaterThan(0.05);
  expect(whole?.cpuSeconds).toBeGreaterThanOrEqual(build?.cpuSeconds ?? 0);
  expect(install?.cpuSeconds).toBeLessThan(build?.cpuSeconds ?? 0);
  expect(whole?.memory).toBeGreaterThan(10_000_000);
});
