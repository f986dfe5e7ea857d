import { describe, expect, test } from 'vitest';
import { embedded, lock, type Lab } from '../../../test/support/coordinator.ts';
import {
  generatingPipeline,
  generatingStack,
  openPromotionLab,
  testRequest,
} from '../../../test/support/promotion-lab.ts';
import { readAudit } from '../../audit/index.ts';
import { readRecords } from '../../mirror/index.ts';
import { blobKey, isClearsigned, manifestKey } from '../../spack/index.ts';
import { actOnJob } from '../actions/user-actions.ts';

type Files = Readonly<Record<string, string>>;

/** Merges the request; gives what jobs built then, and what was recorded. */
async function merge(lab: Lab, pushed: Files = generatingStack) {
  const before = lab.built.length;
  const { event } = lab.push('main', pushed);
  await lab.happens({ type: 'pull-request-closed', number: '7', merged: true }, event);
  await lab.workAll();
  await lab.coordinator.settle();
  const [newest] = lab.context.pipelines.list({ stack: 'lab', limit: 1 });
  expect([newest?.trust, newest?.status]).toEqual(['protected', 'success']);
  const recorded = lab.context.promotions.promotions(newest?.id ?? '');
  return {
    pipeline: newest?.id ?? '',
    built: lab.built.slice(before),
    promotions: Object.fromEntries(recorded.map((one) => [one.name, one])),
  };
}

const audited = (lab: Lab) => [...readAudit(lab.folder.audit, { action: 'package.promote' })];
const entryOf = async (lab: Lab, root = '') =>
  (await lab.stack.mirror.root(root).get(manifestKey(lock.tide)))?.toString();

describe('packages of a merged pull request', () => {
  test('are signed and put onto the protected mirror as they are, and recorded', async () => {
    const lab = await openPromotionLab();
    const from = await testRequest(lab);
    const before = readRecords((await entryOf(lab, 'pr/7')) ?? '', 'tide');
    const { built, promotions, pipeline } = await merge(lab);
    expect(built).toEqual([]);
    const promoted = { outcome: 'promoted', fromPipeline: from, fromJob: expect.any(String) };
    expect(promotions).toMatchObject({ tide: promoted, gauge: promoted });
    const entry = (await entryOf(lab)) ?? '';
    expect([isClearsigned(entry), entry.includes(before.tarball.checksum)]).toEqual([true, true]);
    expect((await lab.signed()).toSorted()).toEqual(['gauge', 'tide']);
    expect(lab.context.promotions.promotionOf('lab', before.tarball.checksum)).toMatchObject({ fromPipeline: from });
    expect(audited(lab).toSorted((a, b) => ((a.on ?? '') > (b.on ?? '') ? -1 : 1))).toMatchObject(
      ['tide', 'gauge'].map((name) => ({
        who: 'server',
        stack: 'lab',
        outcome: 'done',
        on: expect.stringMatching(`^${name}-`),
        details: { pipeline, fromPipeline: from },
      })),
    );
  });

  test('stay on the mirror of the request until the protected pipeline has ended', async () => {
    const lab = await openPromotionLab();
    await testRequest(lab);
    await lab.happens({ type: 'pull-request-closed', number: '7', merged: true });
    expect(await entryOf(lab, 'pr/7')).toBeDefined();
    expect((await merge(lab)).built).toEqual([]);
    expect([await entryOf(lab, 'pr/7'), lab.context.promotions.prefixes('lab')]).toEqual([undefined, []]);
  });

  test('do not stay if the request was closed', async () => {
    const lab = await openPromotionLab();
    await testRequest(lab);
    await lab.happens({ type: 'pull-request-closed', number: '7', merged: false });
    expect([await entryOf(lab, 'pr/7'), lab.context.promotions.prefixes('lab')]).toEqual([undefined, []]);
  });
});

describe('packages are built again', () => {
  const both = ['tide', 'gauge'];
  const reasonOf = async (lab: Lab, pushed: Files = generatingStack) => {
    const { built, promotions } = await merge(lab, pushed);
    expect(built).toEqual(both);
    expect(Object.values(promotions).map(({ outcome }) => outcome)).toEqual(['rebuilt', 'rebuilt']);
    return promotions['tide']?.reason;
  };
  const untested = 'no pull request of the team has tested this tree with this lock';

  test('without the setting', async () => {
    const lab = await openPromotionLab({ stack: { promotion: 'never' } });
    await testRequest(lab);
    const { built, promotions } = await merge(lab);
    expect([built, promotions, audited(lab)]).toEqual([both, {}, []]);
  });

  test('if the tree is another', async () => {
    const lab = await openPromotionLab();
    await testRequest(lab);
    expect(await reasonOf(lab, { ...generatingStack, 'README.md': 'more' })).toBe(untested);
  });

  test('if the request is of a fork', async () => {
    const lab = await openPromotionLab();
    await testRequest(lab, { fork: true });
    expect(await reasonOf(lab)).toBe(untested);
  });

  test('if a runner that is not trusted ran a job of the pipeline', async () => {
    const lab = await openPromotionLab({ runners: [embedded] });
    await testRequest(lab);
    expect(await reasonOf(lab)).toBe('runner `embedded`, which ran `generate`, is not `trusted`');
  });

  test('if a job of the pipeline used a cache', async () => {
    const lab = await openPromotionLab();
    const cached = { ...generatingStack, '.gitlab-ci.yml': generatingPipeline({ cache: { paths: ['kept'] } }) };
    await testRequest(lab, { files: cached });
    expect(await reasonOf(lab, cached)).toBe('job `generate` has a cache, which other pipelines write too');
  });

  test('if a job of the pipeline was started with variables', async () => {
    const lab = await openPromotionLab();
    const manual = {
      ...generatingStack,
      '.gitlab-ci.yml': generatingPipeline({ when: 'manual', allow_failure: false }),
    };
    const { sha } = lab.push('fix', manual);
    await lab.happens(lab.forge.request('7', sha));
    const play = (pipeline: string, variables: Files) =>
      actOnJob(lab.coordinator, { pipeline, name: 'generate' }, { action: 'play', variables });
    play('1', { CFLAGS: '-O0' });
    await lab.workAll();
    const { event } = lab.push('main', manual);
    await lab.happens(event);
    const [newest] = lab.context.pipelines.list({ stack: 'lab', limit: 1 });
    play(newest?.id ?? '', {});
    await lab.workAll();
    expect(lab.context.promotions.promotions(newest?.id ?? '').map(({ reason }) => reason)).toEqual(
      both.map(() => 'job `generate` was started with variables'),
    );
  });

  test('if a commit before pushed a package, or what it was built with, to the mirror of the request', async () => {
    const lab = await openPromotionLab();
    const first = await testRequest(lab, { files: { ...generatingStack, 'README.md': 'first' } });
    await testRequest(lab);
    const { built, promotions } = await merge(lab);
    expect(built).toEqual(both);
    const reason = expect.stringMatching(`^job \\d+ of pipeline ${first} pushed \`(tide|gauge)\` to the same mirror$`);
    expect(promotions).toMatchObject({ tide: { reason }, gauge: { reason } });
  });

  test('if the entry on the mirror of the request was changed', async () => {
    const lab = await openPromotionLab();
    await testRequest(lab);
    const store = lab.stack.mirror.root('pr/7');
    await store.put(manifestKey(lock.tide), Buffer.from(`${await entryOf(lab, 'pr/7')}\n`));
    const { built, promotions } = await merge(lab);
    expect(built).toEqual(['tide']);
    expect(promotions).toMatchObject({
      tide: { outcome: 'rebuilt', reason: expect.stringContaining('differs from what the gateway accepted') },
      gauge: { outcome: 'promoted' },
    });
    expect(
      audited(lab)
        .map(({ outcome }) => outcome)
        .toSorted(),
    ).toEqual(['done', 'refused']);
  });

  test('if the bytes on the mirror of the request were changed', async () => {
    const lab = await openPromotionLab();
    await testRequest(lab);
    const store = lab.stack.mirror.root('pr/7');
    const { tarball } = readRecords((await entryOf(lab, 'pr/7')) ?? '', 'tide');
    const bytes = (await store.get(blobKey(tarball.checksum))) as Buffer;
    await store.put(blobKey(tarball.checksum), Buffer.concat([bytes.subarray(0, -1), Buffer.from('x')]));
    const { built, promotions } = await merge(lab);
    expect(built).toEqual(['tide']);
    expect(promotions['tide']).toMatchObject({ outcome: 'rebuilt', reason: expect.stringContaining(tarball.checksum) });
  });
});
