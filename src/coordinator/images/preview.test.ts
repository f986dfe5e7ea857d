import { describe, expect, test } from 'vitest';
import { openLab, tinyStack, type Lab } from '../../../test/support/coordinator.ts';
import { testRegistry, type TestRegistry } from '../../../test/support/registry.ts';
import { layoutRepository, openLayout, readImage, validateImage } from '../../oci/index.ts';
import { recordPreviews } from './preview.ts';

const policy = `
forks: run
images:
  - repository: lab/stack
    rules: [{ branch: main, tag: latest }, { ref: '.*', tag: any }, { pullRequests: true }]
`;
const withPreviews = { ...tinyStack, 'slipway.yaml': policy };

async function tagsOf(lab: Lab): Promise<readonly string[]> {
  const layout = await openLayout(lab.folder.images).catch(() => undefined);
  return (await layout?.tags('lab/stack')) ?? [];
}

/** A pull request with these files, built to its end; the base's policy asks for previews. */
async function requested(
  lab: Lab,
  more: { fork?: boolean; files?: typeof tinyStack; policy?: string } = {},
): Promise<string> {
  const base = lab.push('main', { ...withPreviews, 'slipway.yaml': more.policy ?? policy }).sha;
  const { sha } = lab.push('topic', { ...withPreviews, changed: 'by the request', ...more.files });
  await lab.happens(lab.forge.request('7', sha, { baseSha: base, fork: more.fork === true }));
  await lab.workAll();
  return sha;
}

describe('a pull request that has passed', () => {
  test('is published as its preview, and under no other tag', async () => {
    const lab = await openLab();
    const sha = await requested(lab);
    expect(await tagsOf(lab)).toEqual(['pr-7']);
    expect(lab.status(sha, 'slipway/preview')).toMatch(/^success: .*lab\/stack:pr-7 sha256:/);
    const source = layoutRepository(await openLayout(lab.folder.images), 'lab/stack');
    const image = await readImage(source, 'pr-7');
    expect(await validateImage(image)).toEqual([]);
    expect(image.config.config?.Labels?.['org.opencontainers.image.revision']).toBe(sha);
    expect(lab.publications()).toEqual(['pr-7 published']);
  });

  test('is tried before its tag moves, with what the base says is to be tried', async () => {
    const lab = await openLab();
    const smoke = policy.replace('rules:', 'smoke: { commands: [[/opt/none]] }\n    rules:');
    const sha = await requested(lab, { policy: smoke, files: { 'slipway.yaml': policy } });
    expect(await tagsOf(lab)).toEqual([]);
    expect(lab.publications()).toEqual(['pr-7 failed']);
    expect(lab.status(sha, 'slipway/preview')).toMatch(/^error: .*`\/opt\/none` failed in the image/);
  });

  test('is reported that a Dockerfile is not built for it; what else it has is published', async () => {
    const lab = await openLab();
    const two = `
images:
  - { repository: lab/built, contents: dockerfile, rules: [{ pullRequests: true }] }
  - { repository: lab/stack, rules: [{ pullRequests: true }] }
`;
    const sha = await requested(lab, { policy: two });
    expect(lab.publications()).toEqual(['pr-7 refused', 'pr-7 published']);
    expect(lab.context.ledger.publications('lab')[0]?.message).toContain(
      '`lab/built:pr-7` is made by a Dockerfile, and the server builds those of protected refs only',
    );
    expect(lab.status(sha, 'slipway/preview')).toMatch(
      /^failure: .*`lab\/built:pr-7` is made by a Dockerfile.*\(1 of 2 tags published\)$/,
    );
  });

  test('of a fork is not published', async () => {
    const lab = await openLab();
    const sha = await requested(lab, { fork: true });
    expect(lab.context.pipelines.list({})).toMatchObject([{ trust: 'untrusted' }]);
    expect(await tagsOf(lab)).toEqual([]);
    expect(lab.status(sha, 'slipway/preview')).toBeUndefined();
  });

  test('has no say in whether and where it is published', async () => {
    const lab = await openLab();
    const files = { 'slipway.yaml': 'images: [{ repository: other/place, rules: [{ pullRequests: true }] }]\n' };
    await requested(lab, { files });
    const layout = await openLayout(lab.folder.images);
    expect(await layout.repositories()).toEqual(['lab/stack']);
  });
});

describe('a preview whose pull request is over', () => {
  const closed = { type: 'pull-request-closed', number: '7', merged: true } as const;

  test('is gone from the server’s own registry, with those that it had replaced, and nothing else is', async () => {
    const lab = await openLab();
    await lab.happens(lab.push('main', withPreviews).event);
    await lab.workAll();
    const others = await tagsOf(lab);
    const sha = await requested(lab);
    await requested(lab, { files: { changed: 'once more' } });
    expect((await tagsOf(lab)).filter((tag) => !others.includes(tag))).toEqual(['pr-7']);
    const previews = lab.context.ledger.publications('lab').filter(({ refType }) => refType === 'pull-request');
    expect(new Set(previews.map(({ digest }) => digest)).size).toBe(2);

    await lab.happens(closed);
    expect(lab.publications().slice(-2)).toEqual(['pr-7 removed', 'pr-7 removed']);
    expect(await tagsOf(lab)).toEqual(others);
    const layout = await openLayout(lab.folder.images);
    for (const { digest } of previews) expect(await layout.resolve('lab/stack', digest ?? '')).toBeUndefined();
    expect(await validateImage(await readImage(layoutRepository(layout, 'lab/stack'), 'latest'))).toEqual([]);
    expect(lab.status(sha, 'slipway/preview')).toMatch(/^success: .*pr-7 is gone: the pull request is over$/);
  });

  test('is not made any more', async () => {
    const lab = await openLab();
    await requested(lab);
    await lab.happens(closed);
    const [record] = lab.context.pipelines.list({ request: '7' });
    await recordPreviews(lab.context, record as NonNullable<typeof record>);
    expect(await tagsOf(lab)).toEqual([]);
    await lab.reopen();
    expect(await tagsOf(lab)).toEqual([]);
  });

  const elsewhere = policy.replace('lab/stack', 'registry.example.org/lab/stack');
  async function requestedAt(registry: TestRegistry): Promise<Lab> {
    const lab = await openLab({ registry: { fetch: registry.fetch, wait: async () => undefined } });
    await requested(lab, { policy: elsewhere });
    expect(registry.manifests.has('lab/stack:pr-7')).toBe(true);
    return lab;
  }
  const messageOf = (lab: Lab) => lab.context.ledger.publications('lab').at(-1)?.message;

  test.each(['digests', 'all'] as const)('is removed from a registry that removes %s', async (removes) => {
    const registry = testRegistry({ removes });
    const lab = await requestedAt(registry);
    await lab.happens(closed);
    expect([...registry.manifests.keys()]).toEqual([]);
    expect(lab.publications()).toEqual(['pr-7 removed']);
  });

  test('stays where the registry removes nothing, and its record shows that', async () => {
    const registry = testRegistry();
    const lab = await requestedAt(registry);
    await lab.happens(closed);
    expect(lab.publications()).toEqual(['pr-7 published']);
    expect(messageOf(lab)).toContain('It stays, though its pull request is over');
    expect(messageOf(lab)).toContain('405');
    const before = registry.requests.length;
    await lab.reopen();
    expect(registry.requests.slice(before).filter((line) => line.startsWith('DELETE'))).toEqual([]);
  });

  test('is removed at the next start where the registry was not there', async () => {
    const registry = testRegistry({ removes: 'digests' });
    const lab = await requestedAt(registry);
    registry.disturb(() => 'cut');
    await lab.happens(closed);
    expect(lab.publications()).toEqual(['pr-7 published']);
    expect(messageOf(lab)).toContain('It could not be removed');
    registry.disturb(() => undefined);
    await lab.reopen();
    expect(lab.publications()).toEqual(['pr-7 removed']);
    expect([...registry.manifests.keys()]).toEqual([]);
  });

  test('leaves a tag alone that names something else by now', async () => {
    const registry = testRegistry({ removes: 'all' });
    const lab = await requestedAt(registry);
    const theirs = { bytes: Buffer.from('{"schemaVersion":2}'), mediaType: 'application/json' };
    registry.manifests.set('lab/stack:pr-7', theirs);
    await lab.happens(closed);
    expect([...registry.manifests]).toEqual([['lab/stack:pr-7', theirs]]);
  });
});
