import { expect, test } from 'vitest';
import { describeRuntime } from './container-report.ts';

const podman = {
  program: 'podman',
  version: '5.2.0',
  isRootless: true,
  limits: ['memory', 'processes', 'cores'],
} as const;

test('rootless podman is reported with its limits, and runs jobs of forks', () => {
  expect(describeRuntime({ runtime: podman }).found).toBe(
    'podman 5.2.0, rootless; limits memory, processes, cores; jobs of forks run in containers too',
  );
});

test('a runtime that runs as root is reported with why jobs of forks are held', () => {
  expect(describeRuntime({ runtime: { ...podman, isRootless: false, limits: ['memory'] } }).found).toBe(
    'podman 5.2.0, as root; limits memory; does not limit processes, cores; ' +
      'Jobs of forks that name an image need rootless podman, and podman runs as root here',
  );
});

test('without a runtime the reasons are reported, and what jobs do instead', () => {
  const report = describeRuntime({ reason: 'podman: it is not installed; docker: its daemon does not answer' });
  expect(report.found).toBeUndefined();
  expect(report.remedy).toMatch(/^podman: it is not installed; docker: .* Debian: `apt-get install podman`\.$/);
});
