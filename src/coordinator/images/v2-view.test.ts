import { expect, test } from 'vitest';
import { lock, openLab } from '../../../test/support/coordinator.ts';
import { gather } from '../../../test/support/gather.ts';
import { readEntry, readStatement, v2Layout } from '../../mirror/index.ts';
import { lockDigest, readIndexFile, v2IndexKey, writeLockfile } from '../../spack/index.ts';

const digest = lockDigest(writeLockfile(lock));

test('the view of a lock is there in both layouts where the stack keeps both', async () => {
  const lab = await openLab({ stack: { layouts: ['v3', 'v2'] } });
  await lab.happens(lab.push('main').event);
  await lab.workAll();
  const view = lab.stack.mirror.root(`locks/${digest}`);
  const trust = { verifier: lab.context.verifier, requireSignature: true };
  for (const node of [lock.tide, lock.gauge]) {
    expect((await readEntry(view, node, trust))?.id.hash).toBe(node.hash);
    expect((await v2Layout(view).read(node, trust))?.id.hash).toBe(node.hash);
  }
  expect(await readStatement(view, lab.context.verifier)).toMatchObject({ count: 2 });
  const { installs } = readIndexFile((await view.get(v2IndexKey))!.toString());
  expect([...installs.keys()].toSorted()).toEqual([lock.tide.hash, lock.gauge.hash].toSorted());
});

test('and in v3 alone where it does not', async () => {
  const lab = await openLab();
  await lab.happens(lab.push('main').event);
  await lab.workAll();
  const view = lab.stack.mirror.root(`locks/${digest}`);
  expect((await gather(view.list('v3/manifests/spec/'))).length).toBe(2);
  expect(await gather(view.list('build_cache/'))).toEqual([]);
});
