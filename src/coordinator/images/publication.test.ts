import { describe, expect, test } from 'vitest';
import { imageKey, openLab, tinyStack, type Lab } from '../../../test/support/coordinator.ts';
import { verifyEntries, verifyRecords } from '../../image/index.ts';
import { layoutRepository, openLayout, readImage } from '../../oci/index.ts';

const tagged = (tag: string, sha: string) => ({ type: 'tag-pushed', tag, sha }) as const;
const changed = (what: string) => ({ ...tinyStack, changed: what });

async function built(lab: Lab, files = tinyStack): Promise<string> {
  const { sha, event } = lab.push('main', files);
  await lab.happens(event);
  await lab.workAll();
  return sha;
}

async function digestOf(lab: Lab, tag: string): Promise<string> {
  const source = layoutRepository(await openLayout(lab.folder.images), 'lab/stack');
  return (await readImage(source, tag)).manifest.descriptor.digest;
}

describe('a tag', () => {
  test('pushed right after the merge waits for the pipeline of its tree, and is then published from it', async () => {
    const lab = await openLab();
    const { sha, event } = lab.push('main');
    await lab.happens(event, tagged('rev-1', sha));
    expect(lab.publications()).toEqual(['1 waiting']);
    expect(lab.status(sha, 'slipway/image')).toBe('pending: Waiting for the protected pipeline of this tree');
    await lab.workAll();
    expect(lab.publications()).toEqual(['1 published', 'latest published']);
    expect(lab.status(sha, 'slipway/image')).toMatch(/^success: lab\/stack:(1|latest) sha256:/);
    expect(lab.context.pipelines.list({})).toHaveLength(1);
  });

  test('of a tree that was built before is published without a pipeline', async () => {
    const lab = await openLab();
    await built(lab);
    await lab.happens(tagged('rev-1', lab.push('main').sha));
    expect(lab.publications()).toEqual(['latest published', '1 published']);
    expect(lab.context.pipelines.list({})).toHaveLength(1);
  });

  test('of a tree that no pipeline has seen starts one', async () => {
    const lab = await openLab();
    const { sha } = lab.push('main');
    await lab.happens(tagged('rev-1', sha));
    expect(lab.context.pipelines.list({})).toMatchObject([{ refType: 'tag', ref: 'rev-1', trust: 'protected', sha }]);
    await lab.workAll();
    expect(lab.publications()).toEqual(['1 published']);
  });

  test('of a tree whose pipeline failed is refused, with the pipeline’s number', async () => {
    const lab = await openLab();
    const { sha, event } = lab.push('main');
    await lab.happens(event);
    await lab.finish((await lab.take())!, { state: 'failed', failure_reason: 'script_failure' });
    await lab.happens(tagged('rev-1', sha));
    expect(lab.publications()).toEqual(['1 refused']);
    expect(lab.status(sha, 'slipway/image')).toContain(
      'failure: `rev-1` of `lab` was not published: pipeline 1 of this tree ended as failed',
    );
  });

  test('of a commit on no protected branch is refused, and the pipeline’s own status stays', async () => {
    const lab = await openLab();
    const { sha } = lab.push('topic');
    await lab.happens(tagged('rev-1', sha));
    expect(lab.publications()).toEqual(['1 refused']);
    expect(lab.status(sha, 'slipway/image')).toContain('was not published: its commit is on no protected branch');
    expect(lab.status(sha)).toBeUndefined();
  });

  test('whose pipeline left no lock is refused for that', async () => {
    const lab = await openLab();
    const files = { ...tinyStack, '.gitlab-ci.yml': 'lint: { script: [true] }\n' };
    const { sha, event } = lab.push('main', files);
    await lab.happens(event, tagged('rev-1', sha));
    await lab.finish((await lab.take())!);
    expect(lab.publications()).toEqual(['1 refused', 'latest refused']);
    expect(lab.context.ledger.publications('lab')[0]?.message).toContain(
      'pipeline 1 of this tree has recorded no lock',
    );
  });

  test('of a commit without a stack is refused instead of waiting for ever', async () => {
    const lab = await openLab();
    await lab.happens(tagged('rev-1', lab.push('main', { 'slipway.yaml': tinyStack['slipway.yaml'] ?? '' }).sha));
    expect(lab.publications()).toEqual(['1 refused']);
  });

  test('that no rule names, or that is not protected, publishes nothing', async () => {
    const lab = await openLab({ stack: { protected: { branches: [], tags: ['rev-*'], imageTags: [] } } });
    const sha = await built(lab);
    await lab.happens(tagged('v1', sha), tagged('v2', sha));
    expect(lab.publications()).toEqual(['latest published']);
  });

  test('that is reported twice is published once; after it failed, again', async () => {
    const lab = await openLab();
    const { sha, event } = lab.push('main');
    await lab.happens(event, tagged('rev-1', sha), tagged('rev-1', sha));
    expect(lab.publications()).toEqual(['1 waiting']);
    await lab.finish((await lab.take())!, { state: 'failed' });
    expect(lab.publications()).toEqual(['1 refused']);
    await lab.happens(tagged('rev-1', sha));
    expect(lab.publications()).toEqual(['1 refused', '1 refused']);
  });
});

describe('a branch’s image', () => {
  test('is never moved back by an older pipeline that ends later', async () => {
    const lab = await openLab();
    await lab.happens(lab.push('main', changed('first')).event);
    const first = (await lab.take())!;
    await built(lab, changed('second'));
    expect(lab.publications()).toEqual(['latest published']);
    const before = await digestOf(lab, 'latest');
    await lab.work(first);
    await lab.workAll();
    expect(lab.context.pipelines.list({}).map(({ status }) => status)).toEqual(['success', 'success']);
    expect(lab.publications()).toEqual(['latest published', 'latest refused']);
    expect(await digestOf(lab, 'latest')).toBe(before);
  });

  test('whose rule makes an invalid tag is reported at the commit, and stops no later start', async () => {
    const lab = await openLab({ stack: { protected: { branches: ['release/*'], tags: ['*'], imageTags: [] } } });
    const rules = `images:\n  - { repository: lab/stack, rules: [{ ref: '^(release/.+)$', tag: '$1' }] }\n`;
    const { sha, event } = lab.push('release/1', { ...tinyStack, 'slipway.yaml': rules });
    await lab.happens(event);
    await lab.workAll();
    expect(lab.status(sha, 'slipway/image')).toContain('failure: The rule for lab/stack produces `release/1`');
    await lab.reopen();
    expect(lab.publications()).toEqual(['release/1 refused']);
  });
});

describe('what a publication says of its image', () => {
  test('is signed by the notary, and holds', async () => {
    const lab = await openLab();
    const sha = await built(lab);
    const source = layoutRepository(await openLayout(lab.folder.images), 'lab/stack');
    const image = await readImage(source, 'latest');
    const report = await verifyRecords(source, image, imageKey.publicKey);
    const { findings, entries, lock, commit } = report;
    expect(findings).toEqual([]);
    expect({ lock, commit }).toEqual({ lock: `sha256:${lab.context.pipelines.list({})[0]?.lockDigest}`, commit: sha });
    const read = { verifier: lab.context.verifier, requireSignature: true };
    expect(entries.map(({ signedBy }) => signedBy)).toEqual(entries.map(() => lab.context.signing.fingerprint));
    expect(
      await verifyEntries(image, report, {
        store: lab.stack.mirror.root(''),
        read,
        temporary: lab.folder.temporary,
      }),
    ).toEqual([]);
  });

  test('is tried before any tag moves: a command that fails leaves the tag as it was', async () => {
    const lab = await openLab();
    await built(lab);
    const before = await digestOf(lab, 'latest');
    const policy = tinyStack['slipway.yaml'] ?? '';
    const smoke = policy.replace('repository:', 'smoke: { commands: [[/opt/none]] }, repository:');
    await built(lab, { ...changed('second'), 'slipway.yaml': smoke });
    expect(lab.publications()).toEqual(['latest published', 'latest failed']);
    expect(lab.context.ledger.publications('lab')[1]?.message).toContain('`/opt/none` failed in the image');
    expect(await digestOf(lab, 'latest')).toBe(before);
  });
});

test('the same tree gives the same image, whichever commit and pipeline it came by', async () => {
  const lab = await openLab();
  const sha = await built(lab);
  const first = await digestOf(lab, 'latest');
  await lab.happens(tagged('rev-1', sha));
  expect(await digestOf(lab, '1')).toBe(first);
});
