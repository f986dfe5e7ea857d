import { describe, expect, test } from 'vitest';
import { openLab, tinyStack, type Lab } from '../../../test/support/coordinator.ts';
import { testRegistry, type TestRegistry } from '../../../test/support/registry.ts';
import type { SlipwayError } from '../../kit/index.ts';
import type { Publication } from './publication-ledger.ts';
import { retryPublication, retryPublications } from './retry-publications.ts';

const policy = (...repositories: readonly string[]) =>
  JSON.stringify({
    images: repositories.map((repository) => ({
      repository,
      rules: [{ branch: 'main', tag: 'latest' }, { gitTag: '/^rev-(.+)$/', tag: '$1' }, { pullRequests: true }],
    })),
  });
const there = 'registry.example.org/lab/stack';
const files = { ...tinyStack, 'slipway.yaml': policy('lab/stack', there) };
const changed = (what: string) => ({ ...files, changed: what });

async function labWith(registry: TestRegistry): Promise<Lab> {
  return openLab({ registry: { fetch: registry.fetch, wait: async () => undefined } });
}

async function built(lab: Lab, with_: typeof tinyStack = files): Promise<string> {
  const { sha, event } = lab.push('main', with_);
  await lab.happens(event);
  await lab.workAll();
  return sha;
}

async function publishDue(lab: Lab, milliseconds: number): Promise<void> {
  lab.tick(milliseconds);
  await lab.coordinator.publish('lab');
  await lab.coordinator.settle();
}

const last = (lab: Lab): Publication => lab.context.ledger.publications('lab').at(-1) as Publication;
const image = (lab: Lab, sha: string): string | undefined => lab.status(sha, 'slipway/image');

describe('the status of a commit’s images', () => {
  test('is no success while one of its repositories or tags is missing, whichever is reported last', async () => {
    const registry = testRegistry();
    registry.disturb(() => 401);
    const lab = await labWith(registry);
    const sha = await built(lab, { ...files, 'slipway.yaml': policy(there, 'lab/stack') });
    expect(lab.publications()).toEqual(['latest failed', 'latest published']);
    expect(image(lab, sha)).toMatch(/^error: Registry registry.example.org refused .*\(1 of 2 tags published\)$/);
    await lab.happens({ type: 'tag-pushed', tag: 'rev-1', sha });
    expect(image(lab, sha)).toMatch(/^error: .*\(2 of 4 tags published\)$/);
    registry.disturb(() => undefined);
    retryPublications(lab.coordinator, lab.stack);
    await lab.coordinator.settle();
    expect(image(lab, sha)).toMatch(/^success: .*sha256:.* \(all 4 tags\)$/);
  });

  test('links to the page of the image that decides it', async () => {
    const registry = testRegistry();
    registry.disturb((line) => (line.includes('/manifests/') ? 401 : undefined));
    const lab = await labWith(registry);
    const sha = await built(lab);
    const status = lab.context.ledger.statuses('lab').find((one) => one.sha === sha && one.context.endsWith('image'));
    expect(status?.url).toBe(`http://127.0.0.1:1/images/${last(lab).id}`);
  });
});

describe('a publication that failed for a reason that may pass', () => {
  test('is tried again by itself, later each time, also after a restart, and its status shows that', async () => {
    const registry = testRegistry();
    registry.disturb(() => 'cut');
    const lab = await labWith(registry);
    const sha = await built(lab);
    expect(lab.publications()).toEqual(['latest published', 'latest waiting']);
    expect(last(lab)).toMatchObject({ attempts: 1, retryAt: expect.stringMatching(/^2026-12-01T00:00:30/) });
    expect(image(lab, sha)).toMatch(/^pending: Attempt 1 failed, next at 00:00 UTC: .*\(1 of 2 tags published\)$/);
    const before = registry.requests.length;
    await lab.reopen();
    expect(registry.requests.length).toBe(before);
    await publishDue(lab, 31_000);
    expect(last(lab)).toMatchObject({ attempts: 2, retryAt: expect.stringMatching(/^2026-12-01T00:01:3/) });
    registry.disturb(() => undefined);
    lab.tick(60_000);
    await lab.reopen();
    expect(lab.publications()).toEqual(['latest published', 'latest published']);
    expect(image(lab, sha)).toMatch(/^success: /);
    expect(last(lab)).not.toHaveProperty('message');
  });

  test('is given up after twelve attempts', async () => {
    const registry = testRegistry();
    registry.disturb(() => 503);
    const lab = await labWith(registry);
    await built(lab);
    for (let attempt = 2; attempt <= 12; attempt += 1) await publishDue(lab, 3_600_001);
    expect(last(lab)).toMatchObject({ state: 'failed', attempts: 12 });
    expect(last(lab)).not.toHaveProperty('retryAt');
  });

  test('gives way to a newer commit that was published meanwhile', async () => {
    const registry = testRegistry();
    registry.disturb(() => 'cut');
    const lab = await labWith(registry);
    const old = await built(lab);
    registry.disturb(() => undefined);
    await built(lab, changed('second'));
    await publishDue(lab, 31_000);
    expect(lab.context.ledger.publications('lab').map(({ state }) => state)).toEqual([
      'published',
      'refused',
      'published',
      'published',
    ]);
    expect(image(lab, old)).toMatch(/^success: /);
  });

  test('is a pull request’s preview too', async () => {
    const registry = testRegistry();
    registry.disturb(() => 'cut');
    const lab = await labWith(registry);
    const base = lab.push('main', { ...files, 'slipway.yaml': policy(there) }).sha;
    const { sha } = lab.push('topic', changed('by the request'));
    await lab.happens(lab.forge.request('7', sha, { baseSha: base }));
    await lab.workAll();
    expect(lab.status(sha, 'slipway/preview')).toMatch(/^pending: Attempt 1 failed/);
    registry.disturb(() => undefined);
    await publishDue(lab, 31_000);
    expect(lab.status(sha, 'slipway/preview')).toMatch(/^success: .*pr-7 sha256:/);
  });
});

describe('publishing again on request', () => {
  async function failed(): Promise<{ lab: Lab; registry: TestRegistry; sha: string }> {
    const registry = testRegistry();
    registry.disturb(() => 403);
    const lab = await labWith(registry);
    const sha = await built(lab);
    expect(last(lab)).toMatchObject({ state: 'failed', attempts: 1 });
    return { lab, registry, sha };
  }

  test('publishes what failed for good, once the cause is gone', async () => {
    const { lab, registry, sha } = await failed();
    registry.disturb(() => undefined);
    const waiting = await retryPublication(lab.coordinator, lab.stack, { id: last(lab).id });
    expect(waiting).toMatchObject({ state: 'waiting', attempts: 0 });
    await lab.coordinator.settle();
    expect(last(lab).state).toBe('published');
    expect(image(lab, sha)).toMatch(/^success: /);
  });

  test('is refused for what is published, and for what a newer one has replaced', async () => {
    const { lab, registry } = await failed();
    const [published, old] = lab.context.ledger.publications('lab');
    const again = (one?: Publication) =>
      retryPublication(lab.coordinator, lab.stack, { id: one?.id ?? '' }).catch((error: SlipwayError) => error.message);
    expect(await again(published)).toContain('it is published');
    registry.disturb(() => undefined);
    await built(lab, changed('second'));
    expect(await again(old)).toContain('its tag belongs to a newer publication');
    expect(await again()).toBe('There is no image  of stack `lab`.');
  });

  test('gets nothing past the rules: a tag on no protected branch stays refused', async () => {
    const lab = await labWith(testRegistry());
    const { sha } = lab.push('topic', files);
    await lab.happens({ type: 'tag-pushed', tag: 'rev-1', sha });
    const { id, state } = last(lab);
    expect(state).toBe('refused');
    await expect(retryPublication(lab.coordinator, lab.stack, { id })).rejects.toThrow('on no protected branch');
    expect(last(lab).state).toBe('refused');
  });
});

describe('a tag that names something else than we published', () => {
  const foreign = { bytes: Buffer.from('{"schemaVersion":2}'), mediaType: 'application/json' };

  test('is left alone, the status shows that, and it is replaced where a person accepts that', async () => {
    const registry = testRegistry();
    const lab = await labWith(registry);
    await built(lab);
    registry.manifests.set('lab/stack:latest', foreign);
    const sha = await built(lab, changed('second'));
    expect(lab.publications().slice(-2)).toEqual(['latest published', 'latest failed']);
    expect(image(lab, sha)).toMatch(/^error: Another writer moved tag \S+ after it was published/);
    expect(last(lab).message).toContain('run `slipway publish retry --image ID --replace`');
    expect(registry.manifests.get('lab/stack:latest')).toBe(foreign);
    await retryPublication(lab.coordinator, lab.stack, { id: last(lab).id, replace: true });
    await lab.coordinator.settle();
    expect(last(lab).state).toBe('published');
    expect(registry.manifests.get('lab/stack:latest')).not.toBe(foreign);
  });

  test('is replaced where it names an older image of ours, and where it is gone', async () => {
    const registry = testRegistry();
    const lab = await labWith(registry);
    await built(lab);
    const ours = registry.manifests.get('lab/stack:latest') as typeof foreign;
    await built(lab, changed('second'));
    registry.manifests.set('lab/stack:latest', ours);
    await built(lab, changed('third'));
    registry.manifests.delete('lab/stack:latest');
    await built(lab, changed('fourth'));
    expect(lab.publications().filter((one) => one !== 'latest published')).toEqual([]);
  });
});

describe('a git tag that is moved', () => {
  const tagged = (sha: string) => ({ type: 'tag-pushed', tag: 'rev-1', sha }) as const;
  const retagging = (retag: string): typeof tinyStack => ({
    ...tinyStack,
    'slipway.yaml': `images: [{ repository: lab/stack, retag: ${retag}, rules: [{ gitTag: rev-1, tag: '1' }] }]\n`,
  });

  test('does not move the image’s tag: the new commit is refused, and a person can accept it', async () => {
    const lab = await openLab();
    const first = await built(lab, retagging('refuse'));
    await lab.happens(tagged(first));
    const second = await built(lab, { ...retagging('refuse'), changed: 'second' });
    await lab.happens(tagged(second));
    expect(lab.publications()).toEqual(['1 published', '1 refused']);
    expect(image(lab, second)).toContain('failure: `rev-1` of `lab` was not published: git tag `rev-1` was moved');
    expect(image(lab, first)).toMatch(/^success: /);
    await retryPublication(lab.coordinator, lab.stack, { id: last(lab).id, replace: true });
    await lab.coordinator.settle();
    expect(lab.publications()).toEqual(['1 published', '1 published']);
  });

  test('moves it where the policy shows that', async () => {
    const lab = await openLab();
    await lab.happens(tagged(await built(lab, retagging('replace'))));
    const second = await built(lab, { ...retagging('replace'), changed: 'second' });
    await lab.happens(tagged(second));
    expect(lab.publications()).toEqual(['1 published', '1 published']);
    expect(image(lab, second)).toMatch(/^success: /);
  });
});
