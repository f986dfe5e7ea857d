import { describe, expect, test } from 'vitest';
import { openLab, tinyStack, type Lab, type LabOptions } from '../../../test/support/coordinator.ts';
import { Secret } from '../../kit/index.ts';
import { beginRequested } from '../changes/requested-pipeline.ts';

const images = [
  {
    repository: 'lab/stack',
    rules: [
      { branch: 'main', tag: 'latest', actors: ['ada', 'bob'] },
      { gitTag: '/^v(.+)$/', tag: '$1', actors: ['ada'] },
      { branch: 'main', tag: 'nightly' },
    ],
  },
];
const files = { ...tinyStack, 'slipway.yaml': JSON.stringify({ images }) };
const tagged = (tag: string, sha: string, actor?: string) =>
  ({ type: 'tag-pushed', tag, sha, ...(actor === undefined ? {} : { actor }) }) as const;

/** A stack whose tip is built, whose pusher is unknown. */
async function builtLab(options: LabOptions = {}): Promise<{ lab: Lab; sha: string }> {
  const lab = await openLab(options);
  const { sha, event } = lab.push('main', files);
  await lab.happens(event);
  await lab.workAll();
  return { lab, sha };
}

const reportPush = (lab: Lab, ref: string, sha: string, actor: string): void =>
  lab.context.ledger.savePush('lab', { ref, sha, actor, at: '2026-12-01T00:00:00.000Z' });

function refusalOf(lab: Lab, tag: string): string {
  return lab.context.ledger.publications('lab').findLast((one) => one.tag === tag)?.message ?? '';
}

describe('a rule with `actors`', () => {
  test('publishes a tag for those whom it names, also long after they pushed it', async () => {
    const { lab, sha } = await builtLab();
    await lab.happens(tagged('v1', sha, 'ada'));
    expect(lab.publications()).toEqual(['latest refused', 'nightly published', '1 published']);
    const next = lab.push('main', { ...files, changed: 'later' });
    await lab.happens(tagged('v2', next.sha, 'ada'));
    expect(lab.publications().at(-1)).toBe('2 waiting');
    await lab.reopen();
    await lab.workAll();
    expect(lab.publications().at(-1)).toBe('2 published');
    expect(lab.context.ledger.publications('lab').at(-1)?.actor).toBe('ada');
  });

  test('refuses a tag of others, with the account, the rule and the remedy, and shows that at the commit', async () => {
    const { lab, sha } = await builtLab();
    await lab.happens(tagged('v1', sha, 'mallory'));
    expect(lab.publications().at(-1)).toBe('1 refused');
    expect(refusalOf(lab, '1')).toBe(
      '`v1` of `lab` was not published: `mallory` pushed it; rule `gitTag: /^v(.+)$/` allows ada. ' +
        'Have one of them push it, or add `mallory` to `actors`.',
    );
    expect(lab.status(sha, 'slipway/image')).toBe(
      'failure: `v1` of `lab` was not published: `mallory` pushed it; rule `gitTag: /^v(.+)$/` allows ada ' +
        '(1 of 3 tags published)',
    );
  });

  test('refuses what an unknown account pushed, regardless of whom the commit names, with the remedy', async () => {
    const { lab, sha } = await builtLab();
    expect((await lab.forge.commit(sha)).author).toContain('Ada');
    await lab.happens(tagged('v1', sha));
    expect(lab.publications()).toEqual(['latest refused', 'nightly published', '1 refused']);
    expect(refusalOf(lab, '1')).toContain('it is unknown who pushed it; rule `gitTag: /^v(.+)$/` allows ada');
    expect(refusalOf(lab, '1')).toContain('Give the stack a `hookToken`');
    const known = await builtLab({ hookToken: new Secret('hook') });
    expect(refusalOf(known.lab, 'latest')).toContain('decided again when the hook reports it');
  });

  test('decides again when it becomes known who pushed, once, and for that very object', async () => {
    const { lab, sha } = await builtLab();
    await lab.happens({ ...tagged('v1', sha), objectSha: 'f'.repeat(40) });
    reportPush(lab, 'refs/heads/main', sha, 'bob');
    reportPush(lab, 'refs/tags/v1', 'e'.repeat(40), 'ada');
    await lab.happens();
    expect(lab.publications()).toEqual(['latest published', 'nightly published', '1 refused']);
    reportPush(lab, 'refs/tags/v1', 'f'.repeat(40), 'ada');
    await lab.happens();
    expect(lab.publications()).toEqual(['latest published', 'nightly published', '1 published']);
    await lab.happens();
    expect(lab.publications()).toHaveLength(3);
  });

  test('says who it was when that becomes known, and keeps to its refusal', async () => {
    const { lab, sha } = await builtLab();
    reportPush(lab, 'refs/heads/main', sha, 'mallory');
    await lab.happens();
    expect(lab.publications()).toEqual(['latest refused', 'nightly published']);
    expect(refusalOf(lab, 'latest')).toContain('`mallory` pushed it; rule `branch: main` allows ada, bob');
    reportPush(lab, 'refs/heads/main', sha, 'ada');
    await lab.happens();
    expect(lab.publications()).toEqual(['latest refused', 'nightly published']);
  });

  test('does not bring an older tag back over one that was pushed since', async () => {
    const { lab, sha } = await builtLab();
    await lab.happens(tagged('v1', sha));
    const moved = lab.push('main', { ...files, changed: 'moved' });
    await lab.happens(tagged('v1', moved.sha, 'ada'));
    await lab.workAll();
    reportPush(lab, 'refs/tags/v1', sha, 'ada');
    await lab.happens();
    expect(lab.publications().filter((one) => one.startsWith('1 '))).toEqual(['1 refused', '1 published']);
  });

  test('takes from the table who pushed before the remote was looked at', async () => {
    const lab = await openLab();
    const { sha, event } = lab.push('main', files);
    reportPush(lab, 'refs/heads/main', sha, 'bob');
    await lab.happens(event);
    expect(lab.context.pipelines.list({})[0]?.actor).toBe('bob');
    await lab.workAll();
    expect(lab.publications()).toEqual(['latest published', 'nightly published']);
  });

  test('counts a pipeline that an account requested as that account’s', async () => {
    const { lab, sha } = await builtLab();
    lab.context.ledger.receive('lab', { refs: new Map([['refs/heads/main', sha]]), events: [], at: '' });
    const record = await beginRequested(lab.coordinator, lab.stack, { ref: 'main', source: 'api', actor: 'ada' });
    await lab.workAll();
    const own = lab.context.ledger.publications('lab').filter(({ pipeline }) => pipeline === record.id);
    expect(own.map(({ tag, state, actor }) => [tag, state, actor])).toEqual([
      ['latest', 'published', 'ada'],
      ['nightly', 'published', 'ada'],
    ]);
  });

  test('queries the forge’s own record when a pipeline starts and again for an image, and stores its answer', async () => {
    const lab = await openLab();
    const { sha, event } = lab.push('main', files);
    const queries: string[] = [];
    lab.forge.pusher = async (ref, object) => {
      queries.push(`${ref} ${object}`);
      return queries.length <= 2 ? Promise.reject(new Error('not now')) : 'ada';
    };
    await lab.happens(event);
    expect(queries).toHaveLength(1);
    await lab.workAll();
    expect(lab.publications()).toEqual(['latest refused', 'nightly published']);
    await lab.happens();
    expect(lab.publications()).toEqual(['latest published', 'nightly published']);
    expect(queries).toEqual(Array(3).fill(`refs/heads/main ${sha}`));
    expect(lab.context.ledger.pusher('lab', 'refs/heads/main', sha)).toBe('ada');
  });
});
