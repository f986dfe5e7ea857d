import { expect, test } from 'vitest';
import { sketchJob } from '../../../test/support/memory-job-service.ts';
import { containerOf, forkObstacle } from './runner-containers.ts';
import type { FoundRuntime } from './runtime.ts';

const rootless: FoundRuntime = { runtime: { program: 'podman', version: '5', isRootless: true, limits: [] } };
const rootful: FoundRuntime = { runtime: { program: 'podman', version: '5', isRootless: false, limits: [] } };
const docker: FoundRuntime = { runtime: { program: 'docker', version: '27', isRootless: true, limits: [] } };
const missing: FoundRuntime = { reason: 'podman: it is not installed' };

const job = (trust: 'untrusted' | 'protected', image: string | undefined = 'debian:12') => ({
  ...sketchJob({ id: 1, script: [] }),
  trust,
  image: image === undefined ? undefined : { name: image },
});
const settings = (found: FoundRuntime, isRequired = false) => ({
  containers: { found, env: {}, isRequired, pullPolicies: ['always'] as const },
  sandbox: { mode: 'always', hidden: [], readable: ['/opt/tools'], caches: ['/caches/protected'] } as const,
});

test('a job with an image runs in a container, and one without does not', () => {
  expect(containerOf(job('protected'), '/jobs/1', settings(rootful))).toMatchObject({ pullPolicies: ['always'] });
  expect(containerOf({ ...job('protected'), image: undefined }, '/jobs/1', settings(rootful))).toBeUndefined();
});

test('only jobs of protected refs write the caches of the machine, and none gets the registry credentials of the server', () => {
  const own = containerOf(job('protected'), '/jobs/1', settings(rootless));
  expect(own).toMatchObject({ writable: ['/caches/protected'], hasUserCredentials: false });
  const fork = containerOf(job('untrusted'), '/jobs/1', settings(rootless));
  expect(fork).toMatchObject({ writable: [], readable: ['/jobs/1/files'], hasUserCredentials: false });
});

test('a job of a fork needs rootless podman', () => {
  expect(forkObstacle(rootless)).toBeUndefined();
  expect(forkObstacle(missing)).toBeUndefined();
  for (const found of [rootful, docker])
    expect(() => containerOf(job('untrusted'), '/jobs/1', settings(found))).toThrow('need rootless podman');
});

test('without a runtime a job runs in a shell, unless the runner must have containers', () => {
  expect(containerOf(job('protected'), '/jobs/1', settings(missing))).toBeUndefined();
  expect(() => containerOf(job('protected'), '/jobs/1', settings(missing, true))).toThrow('it is not installed');
});
