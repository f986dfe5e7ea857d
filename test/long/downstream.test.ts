import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { readEntry } from '../../src/mirror/index.ts';
import { serveStack, stackName, type JobSeen, type ServedStack } from '../support/served-stack.ts';
import { smallStack } from '../support/small-stack.ts';

/** `DOWNSTREAM_CI_REPO`: the pipeline that one stack generates runs on another, which has a mirror of its own. */
let second: ServedStack;
let first: ServedStack;

// A sandbox shows no folder of another repository.
const runners = [{ name: 'embedded', embedded: true, sandbox: 'never' as const }];

beforeAll(async () => {
  second = await serveStack({ stack: { protected: { branches: ['slipway-*'] } } });
  const clone = { strategy: 'clone' as const, depth: 1 };
  const variables = { DOWNSTREAM_CI_REPO: second.repository.remote };
  first = await serveStack({
    stack: { variables, clone },
    server: { runners },
    files: smallStack,
  });
  // Its own pipeline pushes to the same branch.
  await finished(first, await first.repository.git('rev-parse', 'HEAD'));
});
afterAll(async () => {
  await first?.close();
  await second?.close();
});

/** Waits until a stack has finished a commit, and returns its jobs. */
async function finished(stack: ServedStack, sha: string): Promise<ReadonlyMap<string, JobSeen>> {
  const status = await stack.finalStatus(sha);
  const jobs = await stack.jobs(sha);
  const failed = [...jobs].filter(([, job]) => job.status !== 'success').map(([name, { log }]) => `${name}\n${log}`);
  expect({ state: status.state, failed }).toEqual({ state: 'success', failed: [] });
  return jobs;
}

async function pushedTo(branch: string): Promise<string> {
  const [sha = ''] = (await second.repository.git('ls-remote', 'origin', branch)).split('\t');
  expect(sha).toMatch(/^[0-9a-f]{40}$/);
  return sha;
}

test('the pushed pipeline is built and signed there, with what the first mirror has already', async () => {
  await finished(first, await first.push('main', {}));
  const other = smallStack['recipes/other.yaml'].replaceAll('echo other', 'echo another');
  const jobs = await finished(first, await first.push('main', { 'recipes/other.yaml': other }));
  expect([...jobs.keys()].filter((name) => name.includes('@'))).toEqual(['other@1.0']);

  const sha = await pushedTo('slipway-main');
  // The clone of the job was shallow.
  const { remote, git } = second.repository;
  expect(await git(`--git-dir=${remote}`, 'rev-list', '--count', sha)).toBe('1');
  const there = await finished(second, sha);
  expect([...there.keys()].toSorted()).toEqual(['leaf@1.0', 'other@1.0', 'tool@1.0']);
  const { context } = second.server.coordinator;
  const [record] = context.pipelines.list({ stack: stackName });
  expect(record).toMatchObject({ head: sha, trust: 'protected', lockDigest: expect.stringMatching(/^[0-9a-f]{64}$/) });
  const { whole, publisher } = context.stacks.get(stackName)!.mirror;
  const { installs } = await publisher('').current();
  // The first push may have been built there too, before the second one came.
  const names = [...installs.values()].map(({ spec }) => spec.name);
  expect([...new Set(names)].toSorted()).toEqual(['leaf', 'other', 'tool']);
  for (const { spec } of installs.values()) {
    const entry = await readEntry(whole, spec, { verifier: context.verifier, requireSignature: true });
    expect(entry?.signedBy).toBe(context.signing.fingerprint);
  }
});

test('and what its mirror has by then is not built again', async () => {
  await finished(first, await first.push('main', { LICENSE: 'Apache-2.0\n' }));
  const jobs = await finished(second, await pushedTo('slipway-main'));
  expect(jobs.size).toBe(3);
  for (const [name, { log }] of jobs) expect(log, name).toContain('nothing to rebuild');
});

test('a push that fails ends the job, with what git reports', async () => {
  const { remote } = second.repository;
  await second.repository.git(`--git-dir=${remote}`, 'config', 'receive.denyNonFastForwards', 'true');
  const sha = await first.push('main', { LICENSE: 'MIT\n' });
  expect(await first.finalStatus(sha)).toMatchObject({ state: 'failure' });
  const log = (await first.jobs(sha)).get('generate')?.log;
  expect(log).toMatch(/could not be pushed to .*denying non-fast-forward.*\[remote rejected\]/);
  expect(log).toContain('GENERATE_PUSH_FAILED');
});

test('the pushed pipeline may go to the same repository: its branch runs it, and generates no other', async () => {
  const same = await serveStack({
    stack: { protected: { branches: ['slipway-*'] } },
    server: { runners },
    files: smallStack,
  });
  onTestFinished(() => same.close());
  const sha = await same.push('main', {
    '.gitlab-ci.yml': [
      'generate: { stage: build, script: [slipway generate], artifacts: { paths: [jobs_scratch_dir] } }',
      `variables: { DOWNSTREAM_CI_REPO: '${same.repository.remote}' }`,
      '',
    ].join('\n'),
  });
  await finished(same, sha);
  const [pushed = ''] = (await same.repository.git('ls-remote', 'origin', 'slipway-main')).split('\t');
  const jobs = await finished(same, pushed);
  expect([...jobs.keys()].toSorted()).toEqual(['leaf@1.0', 'other@1.0', 'tool@1.0']);
  expect(await same.repository.git('ls-remote', 'origin', 'slipway-slipway-*')).toBe('');
});
