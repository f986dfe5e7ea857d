import { describe, expect, test } from 'vitest';
import { openLab, tinyStack } from '../../../test/support/coordinator.ts';
import type { Lab } from '../../../test/support/coordinator.ts';
import { layoutRepository, openLayout, readImage, validateImage } from '../../oci/index.ts';

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
async function requested(lab: Lab, more: { fork?: boolean; files?: typeof tinyStack } = {}): Promise<string> {
  const base = lab.push('main', withPreviews).sha;
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
    expect(lab.publications()).toEqual([]);
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
