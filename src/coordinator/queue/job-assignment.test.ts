import { describe, expect, test, vi } from 'vitest';
import { openLab, tinyStack, type Lab } from '../../../test/support/coordinator.ts';
import { layoutRepository, openLayout } from '../../oci/index.ts';
import type { AssignedJob } from '../../pipeline/index.ts';

const changed = (what: string) => ({ ...tinyStack, changed: what });
const nameOf = ({ run }: AssignedJob) => `${run.pipeline} ${run.name}`;

/** Two pipelines of one branch whose generate jobs are done; both are to build the same packages. */
async function openTwo(): Promise<Lab> {
  const lab = await openLab();
  for (const what of ['first', 'second']) await lab.happens(lab.push('main', changed(what)).event);
  const generators = [(await lab.take())!, (await lab.take())!];
  for (const job of generators) await lab.work(job);
  return lab;
}

describe('two pipelines that build the same package', () => {
  test('do not build it at once: the second waits and finds it on the mirror', async () => {
    const lab = await openTwo();
    const first = (await lab.take())!;
    expect(first.run.name).toBe('tide');
    expect(await lab.take()).toBeUndefined();
    await lab.work(first);
    const next = [await lab.take(), await lab.take()].map((job) => job!);
    expect(next.map(({ run }) => run.name).toSorted()).toEqual(['gauge', 'tide']);
    expect(new Set(next.map(({ run }) => run.pipeline)).size).toBe(2);
    for (const job of next) await lab.work(job);
    await lab.workAll();
    expect(lab.built).toEqual(['tide', 'gauge']);
    expect(lab.context.pipelines.list({}).map(({ status }) => status)).toEqual(expect.arrayContaining(['success']));
    expect(lab.publications().every((one) => one === 'latest published')).toBe(true);
  });

  test('build it one after the other if the first one fails', async () => {
    const lab = await openTwo();
    const first = (await lab.take())!;
    await lab.finish(first, { state: 'failed', failure_reason: 'script_failure' });
    const second = (await lab.take())!;
    expect(second.run.name).toBe('tide');
    expect(nameOf(second)).not.toBe(nameOf(first));
  });

  test('wait for no job in another root of the mirror', async () => {
    const lab = await openLab();
    await lab.happens(lab.push('main').event);
    await lab.work((await lab.take())!);
    expect((await lab.take())?.run.name).toBe('tide');
    const { sha } = lab.push('fix', changed('fix'));
    await lab.happens(lab.forge.request('7', sha));
    await lab.work((await lab.take())!);
    expect((await lab.take())?.run.name).toBe('tide');
  });

  test('leave the tag where it is: the image of the same packages has the same digest', async () => {
    const lab = await openLab();
    const digests: (string | undefined)[] = [];
    for (const what of ['first', 'second']) {
      await lab.happens(lab.push('main', changed(what)).event);
      await lab.workAll();
      const source = layoutRepository(await openLayout(lab.folder.images), 'lab/stack');
      digests.push((await source.readManifest('latest'))?.descriptor.digest);
    }
    expect(lab.publications()).toEqual(['latest published', 'latest published']);
    expect(digests[1]).toBe(digests[0]);
    const published = lab.context.ledger.publications('lab');
    expect(published.map(({ digest }) => digest)).toEqual(digests);
  });
});

test('a store that takes no assignment fails the request, and not the job', async () => {
  const lab = await openLab();
  await lab.happens(lab.push('main').event);
  vi.spyOn(lab.context.pipelines, 'apply').mockImplementationOnce(() => {
    throw new Error('the disk is full');
  });
  await expect(lab.take()).rejects.toThrow('the disk is full');
  expect((await lab.take())?.run).toMatchObject({ name: 'generate', attempt: 1 });
});
