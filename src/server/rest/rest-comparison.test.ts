import { rm } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { childPipeline } from '../../../test/support/child-pipeline.ts';
import { lock, openLab, tinyStack, type Lab } from '../../../test/support/coordinator.ts';
import { editedLock } from '../../../test/support/edited-lock.ts';
import { tinyNode } from '../../../test/support/mirror-package.ts';
import { LockComparison, Problem } from '../../protocol/index.ts';
import { writeLockfile, type Lockfile } from '../../spack/index.ts';
import { restRoutes } from './rest.ts';

const newer = editedLock(lock, (node) => (node.name === 'tide' ? { ...node, version: '1.1' } : node));

/** Runs the generate job of a pull request whose head has this lock; returns its pipeline. */
async function requested(lab: Lab, number: string, after: Lockfile): Promise<string> {
  const { sha } = lab.push('topic', { ...tinyStack, note: number });
  await lab.happens(lab.forge.request(number, sha));
  const job = (await lab.take())!;
  const build = [{ node: [...after.nodes.values()][0]!, needs: [] }];
  await lab.leave(job, {
    'jobs_scratch_dir/concrete_environment/spack.lock': writeLockfile(after),
    'jobs_scratch_dir/pipeline.yml': childPipeline(build),
  });
  await lab.finish(job);
  return job.record.id;
}

/** A lab whose branch has built its lock, and whose pull request has a newer one. */
async function changed(): Promise<{ lab: Lab; head: string }> {
  const lab = await openLab();
  const { sha, event } = lab.push('main');
  await lab.happens(event);
  await lab.workAll();
  await requested(lab, '7', newer);
  return { lab, head: sha };
}

async function ask(lab: Lab, from: string, to: string): Promise<Response> {
  const query = new URLSearchParams({ from, to }).toString();
  return restRoutes(lab.coordinator).request(`/api/v1/stacks/lab/compare?${query}`);
}

async function compared(lab: Lab, from: string, to: string): Promise<LockComparison> {
  const response = await ask(lab, from, to);
  expect(response.status, `${from} ${to}`).toBe(200);
  return LockComparison.parse(await response.json());
}

async function refused(lab: Lab, from: string, to: string): Promise<string> {
  const response = await ask(lab, from, to);
  return `${response.status} ${Problem.parse(await response.json()).message}`;
}

test('a branch and a pull request are compared package by package, down to the change where it began', async () => {
  const { lab } = await changed();
  const found = await compared(lab, 'main', 'pull/7');
  expect(found).toMatchObject({
    headline: '2 packages differ: 2 changed; 0 the same',
    from: { name: 'main', ref: 'main', packages: 2, locks: [expect.stringMatching(/^[0-9a-f]{64}$/)] },
    to: { name: 'pull/7', ref: 'pull/7' },
    roots: { added: [], removed: [] },
    added: [],
    removed: [],
    changed: [
      { from: { name: 'gauge' }, kind: 'rebuilt', changes: [], reason: 'tide (version 1.0 → 1.1)', causes: [0] },
      { from: { version: '1.0' }, to: { version: '1.1' }, kind: 'version', changes: ['version 1.0 → 1.1'] },
    ],
    bytes: { unknown: 2 },
    words: { causes: ['tide@1.1 (version 1.0 → 1.1): 2 hashes'] },
  });
  // Of what is built the sizes are known.
  expect(found.changed[0]?.from.size).toBeGreaterThan(0);
  expect(found.changed[0]?.to.size).toBeUndefined();
});

test('a commit, a tag, an image, a pipeline and a digest all stand for the lock of their pipeline', async () => {
  const { lab, head } = await changed();
  lab.forge.refs.set('refs/tags/rev-1', head);
  await lab.happens();
  const [image] = lab.context.ledger.publications('lab');
  const { from } = await compared(lab, 'main', 'pull/7');
  const child = lab.context.pipelines.children('1')[0]!.id;
  const digest = from.locks[0]!.slice(0, 12);
  for (const name of [
    head,
    head.slice(0, 8),
    'rev-1',
    `image:${image?.id}`,
    `lock:${digest}`,
    'pipeline:1',
    `pipeline:${child}`,
  ]) {
    const one = await compared(lab, name, 'main');
    expect(one.from, name).toEqual({ ...from, name });
    expect(one.headline).toBe('No package differs: 2 packages on both sides');
  }
  // A commit without a pipeline that has the tree of one stands for that.
  const { sha } = lab.push('copy');
  expect((await compared(lab, sha, 'main')).from).toEqual({ ...from, name: sha });
});

test('packages that came, went, or came besides are not changed ones, and neither are other roots', async () => {
  const { lab } = await changed();
  const { tide, gauge } = lock;
  const buoy = tinyNode('buoy', '3.0', []);
  const second = tinyNode('tide', '9.0', []);
  const nodes = new Map([buoy, second, tide].map((node) => [node.hash, node]));
  const roots = [buoy, second, tide].map(({ hash, name }) => ({ hash, spec: name }));
  await requested(lab, '8', { ...lock, roots, nodes });
  const found = await compared(lab, 'main', 'pull/8');
  expect(found.added.map(({ name, version }) => `${name}@${version}`)).toEqual(['buoy@3.0', 'tide@9.0']);
  expect(found.removed.map(({ hash }) => hash)).toEqual([gauge.hash]);
  expect(found).toMatchObject({ changed: [], same: 1, roots: { added: ['buoy', 'tide'], removed: ['gauge'] } });
  expect(found.headline).toBe('3 packages differ: 2 added, 1 removed; 1 the same');
});

test('a name without a lock is refused with its reason, as is a pipeline of another stack', async () => {
  const { lab } = await changed();
  for (const name of ['nowhere', 'pipeline:99', 'image:9', 'lock:0123456789ab', 'lock:%', '0'.repeat(40), '../main'])
    expect(await refused(lab, name, 'main')).toBe(
      `404 Stack \`lab\` has no pipeline of \`${name}\`, so there is no lock to compare.`,
    );
  expect(await refused(lab, 'main', ' ')).toBe('400 The query parameter `to` has the invalid value ``.');
  const { sha } = lab.push('topic', { ...tinyStack, note: 'waiting' });
  await lab.happens(lab.forge.request('9', sha));
  expect(await refused(lab, 'main', 'pull/9')).toMatch(/^409 `pull\/9` .* because pipeline \d+ has recorded none\.$/);
  lab.database.run("UPDATE pipelines SET stack = 'other' WHERE id = 1");
  expect(await refused(lab, 'pipeline:1', 'pull/7')).toMatch(/^404 /);
  const { locks } = (await compared(lab, 'pull/7', 'pull/7')).from;
  await rm(lab.folder.lock(locks[0]!));
  expect(await refused(lab, 'pull/7', 'pull/7')).toMatch(/^409 .* has lost the file of its lock\.$/);
});
