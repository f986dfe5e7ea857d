import { describe, expect, test } from 'vitest';
import { openLab, tinyStack, type Lab } from '../../../test/support/coordinator.ts';
import { testRegistry } from '../../../test/support/registry.ts';
import { policyAtCommit } from '../changes/stack-policy.ts';
import type { Publication } from './publication-ledger.ts';
import { immutableTag } from './immutable-tag.ts';
import { retryPublication } from './retry-publications.ts';

const repository = 'registry.example.org/lab/stack';
const files = (rule: string, changed: string): typeof tinyStack => ({
  ...tinyStack,
  'slipway.yaml': `images: [{ repository: ${repository}, retag: replace, moved: replace, rules: [${rule}], config: { labels: { it: ${changed} } } }]\n`,
});
const immutable = `{ gitTag: rev-1, tag: '1', immutable: true }`;
const open = `{ gitTag: rev-1, tag: '1' }`;

const last = (lab: Lab): Publication => lab.context.ledger.publications('lab').at(-1) as Publication;

/** Merges a commit, and moves the git tag there. */
async function tagged(lab: Lab, with_: typeof tinyStack): Promise<string> {
  const { sha, event } = lab.push('main', with_);
  await lab.happens(event);
  await lab.workAll();
  await lab.happens({ type: 'tag-pushed', tag: 'rev-1', sha });
  await lab.coordinator.settle();
  return sha;
}

describe('an immutable tag', () => {
  test('stays at its image whatever the policy allows otherwise, and whatever a person accepts', async () => {
    const registry = testRegistry();
    const lab = await openLab({ registry: { fetch: registry.fetch, wait: async () => undefined } });
    await tagged(lab, files(immutable, 'first'));
    expect(lab.publications()).toEqual(['1 published']);
    const before = registry.manifests.get('lab/stack:1');
    const sha = await tagged(lab, files(immutable, 'second'));
    expect(lab.status(sha, 'slipway/image')).toMatch(/^(error|failure): Tag \S+ is immutable and refers to sha256:/);
    expect(last(lab).message).toContain('Publish to another tag');
    await retryPublication(lab.coordinator, lab.stack, { id: last(lab).id, replace: true });
    await lab.coordinator.settle();
    expect(last(lab).state).not.toBe('published');
    expect(registry.manifests.get('lab/stack:1')).toBe(before);
  });

  test('gets no other image where the registry has lost it', async () => {
    const registry = testRegistry();
    const lab = await openLab({ registry: { fetch: registry.fetch, wait: async () => undefined } });
    await tagged(lab, files(immutable, 'first'));
    registry.manifests.delete('lab/stack:1');
    await tagged(lab, files(immutable, 'second'));
    expect(last(lab).message).toContain('is immutable, and was published as sha256:');
    expect(registry.manifests.has('lab/stack:1')).toBe(false);
  });

  test('is one also for commits that leave the word out, while the default branch has it', async () => {
    const registry = testRegistry();
    const lab = await openLab({ registry: { fetch: registry.fetch, wait: async () => undefined } });
    const sha = await tagged(lab, files(immutable, 'first'));
    const other = lab.push('main', files(open, 'second')).sha;
    const isImmutable = async (tip: string) => {
      const refs = new Map([['refs/heads/main', tip]]);
      lab.context.ledger.receive('lab', { refs, events: [], at: '2026-12-01T00:00:00.000Z' });
      const { policy } = await policyAtCommit(lab.stack, other);
      const publication = { ...last(lab), id: '9', ref: 'rev-1', commit: other };
      return immutableTag(lab.context, lab.stack, { publication, images: policy?.images ?? [] });
    };
    const fixed = await isImmutable(sha);
    expect(fixed.immutable).toBe(true);
    expect(() => fixed.check('sha256:other')).toThrow('is immutable');
    expect((await isImmutable(other)).immutable).toBe(false);
  });
});

describe('a protected tag', () => {
  const lab = () => openLab({ stack: { protected: { branches: [], tags: ['*'], imageTags: ['1', 'latest'] } } });
  const to = (rule: string) => ({
    ...tinyStack,
    'slipway.yaml': `images: [{ repository: lab/stack, rules: [${rule}] }]\n`,
  });

  test('is refused to a rule without `actors`, also when it is published again', async () => {
    const one = await lab();
    const sha = await tagged(one, to(open));
    expect(one.publications()).toEqual(['1 refused']);
    expect(one.status(sha, 'slipway/image')).toContain('its image tag is protected');
    expect(last(one).message).toContain('Add the accounts that may publish the tag to the rule as `actors`');
    expect(last(one).lacksActor).toBeUndefined();
    await expect(retryPublication(one.coordinator, one.stack, { id: last(one).id })).rejects.toThrow('is protected');
  });

  test('is published for the accounts that a rule names', async () => {
    const one = await lab();
    const { sha, event } = one.push(
      'main',
      to(`{ gitTag: rev-1, tag: '1', actors: [ada] }, { branch: main, tag: edge }`),
    );
    await one.happens(event);
    await one.workAll();
    await one.happens({ type: 'tag-pushed', tag: 'rev-1', sha, actor: 'ada' });
    expect(one.publications()).toEqual(['edge published', '1 published']);
  });
});
