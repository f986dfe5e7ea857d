import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { gather } from '../../../test/support/gather.ts';
import { openLab, tinyStack, type Lab } from '../../../test/support/coordinator.ts';
import type { Observation } from '../../notify/index.ts';
import { createFeed, createNotificationLedger } from '../../store/index.ts';
import { observationOf } from './feed-observation.ts';
import { MirrorWatch } from './watch-mirrors.ts';
import { observeRunners } from './watch-runners.ts';

/** What the whole feed means, without pages. */
function observed(lab: Lab): readonly Omit<Observation, 'url'>[] {
  return createFeed(lab.database)
    .after(0, 1000)
    .flatMap((entry) => observationOf(lab.context, entry) ?? [])
    .map(({ url: _url, ...seen }) => seen);
}

describe('of the feed', () => {
  test('a protected pipeline counts when it ends, in the words of the commit’s status', async () => {
    const lab = await openLab();
    const { sha, event } = lab.push('main');
    await lab.happens(event);
    expect(observed(lab)).toEqual([]);
    await lab.finish((await lab.take())!, { state: 'failed', failure_reason: 'script_failure' });
    await lab.workAll();
    const [seen] = observed(lab);
    expect(seen).toMatchObject({ kind: 'pipeline', stack: 'lab', subject: 'main', isBad: true, occasion: 1 });
    expect(lab.status(sha)).toBe(`failure: ${seen?.text}`);
  });

  test('a publication counts when it has ended, and a pull request never does', async () => {
    const lab = await openLab();
    const { event, sha: baseSha } = lab.push('main');
    await lab.happens(event);
    await lab.workAll();
    const { sha } = lab.push('topic', { ...tinyStack, changed: 'by the request' });
    await lab.happens(lab.forge.request('7', sha, { baseSha }));
    await lab.workAll();
    expect(observed(lab)).toMatchObject([
      { kind: 'pipeline', subject: 'main', isBad: false },
      { kind: 'publication', subject: 'lab/stack:latest', isBad: false },
    ]);
  });

  test('a tag that is refused was not published', async () => {
    const lab = await openLab();
    const { sha, event } = lab.push('main', tinyStack);
    await lab.happens(event);
    await lab.finish((await lab.take())!, { state: 'failed', failure_reason: 'script_failure' });
    await lab.happens({ type: 'tag-pushed', tag: 'rev-1', sha });
    const [, refused] = observed(lab);
    expect(refused).toMatchObject({ kind: 'publication', subject: 'lab/stack:1', isBad: true });
    expect(lab.status(sha, 'slipway/image')).toBe(`failure: ${refused?.text}`);
  });
});

describe('a runner', () => {
  test('that was in contact is lost after the time of silence, and forgotten when it signs off', async () => {
    const lab = await openLab();
    const ledger = createNotificationLedger(lab.database);
    let silence: number | undefined = 1000;
    const context = {
      ...lab.context,
      runners: { silences: () => new Map([['away', silence]]), isKnown: () => true },
    } as unknown as Parameters<typeof observeRunners>[0];
    expect(observeRunners(context, ledger)).toMatchObject([{ subject: 'away', isBad: false }]);
    silence = lab.context.configuration.limits.runnerSilence * 1000;
    expect(observeRunners(context, ledger)).toMatchObject([
      { subject: 'away', isBad: true, text: expect.stringContaining('There has been no contact since 20') },
    ]);
    ledger.saveCondition({ kind: 'runner', subject: 'away', isBad: true, reportedTo: ['team'] });
    silence = undefined;
    expect(observeRunners(context, ledger)).toEqual([]);
    expect(ledger.conditions('runner')).toEqual([]);
  });

  test('is known from its first contact, and its silence counts from the last', async () => {
    const lab = await openLab();
    const { runners } = lab.context;
    const [name = ''] = runners.silences().keys();
    expect(runners.isKnown(name)).toBe(false);
    runners.contacted(name);
    expect(runners.isKnown(name)).toBe(true);
    expect(runners.silences().get(name)).toBeLessThan(1000);
  });
});

test('a mirror is faulty when it lacks what its index names, twice in a row, and in order when that is back', async () => {
  const lab = await openLab();
  await lab.happens(lab.push('main').event);
  await lab.workAll();
  const watch = new MirrorWatch(lab.context);
  expect(await watch.check()).toMatchObject([{ kind: 'mirror', subject: 'lab', isBad: false }]);
  const store = lab.stack.mirror.root('');
  const [{ key } = { key: '' }] = await gather(store.list('v3/manifests/spec/'));
  const manifest = (await store.get(key)) as Buffer;
  await rm(join(lab.folder.mirror('lab'), key));
  expect(await watch.check()).toEqual([]);
  expect(await watch.check()).toMatchObject([
    { isBad: true, text: expect.stringMatching(/lacks 1 entries that its index names, such as `/) },
  ]);
  await writeFile(join(lab.folder.mirror('lab'), key), manifest);
  expect(await watch.check()).toMatchObject([{ isBad: false }]);
});
