import { describe, expect, test } from 'vitest';
import { childPipeline } from '../../../test/support/child-pipeline.ts';
import { lock, openLab, type Lab, type LabOptions } from '../../../test/support/coordinator.ts';
import { gather } from '../../../test/support/gather.ts';
import { tinyNode } from '../../../test/support/mirror-package.ts';
import { v2Layout, v3Layout } from '../../mirror/index.ts';
import {
  blobKey,
  formatV2SpecFile,
  manifestKey,
  readIndexFile,
  specNodes,
  v2IndexKey,
  v2SpecKey,
  v2TarballKey,
} from '../../spack/index.ts';
import { acceptManifest } from './accept-entry.ts';
import type { AssignedJob } from '../../pipeline/index.ts';

/** The job that builds `tide`. */
async function buildJob(
  kind: 'branch' | 'request',
  stack: LabOptions['stack'] = {},
): Promise<{ lab: Lab; job: AssignedJob }> {
  const lab = await openLab({ stack });
  const { sha, event } = lab.push(kind === 'branch' ? 'main' : 'fix');
  await lab.happens(kind === 'branch' ? event : lab.forge.request('7', sha));
  await lab.work((await lab.take())!);
  return { lab, job: (await lab.take())! };
}

const manifests = async (lab: Lab, root: string) =>
  (await gather(lab.stack.mirror.root(root).list('v3/manifests/spec/'))).length;

describe('a manifest on the protected mirror', () => {
  test('is signed before it can be seen', async () => {
    const { lab, job } = await buildJob('branch');
    await lab.build(job);
    expect((await lab.stack.mirror.root('').get(manifestKey(lock.tide)))?.toString()).toContain(
      'BEGIN PGP SIGNED MESSAGE',
    );
  });

  test('of a package that is not in the recorded lock is refused, whatever the job says that it builds', async () => {
    const lab = await openLab();
    await lab.happens(lab.push('main').event);
    const generate = (await lab.take())!;
    const intruder = tinyNode('intruder', '6.6', []);
    await lab.leave(generate, {
      ...lab.generated(),
      'jobs_scratch_dir/pipeline.yml': childPipeline([{ node: intruder, needs: [] }]),
    });
    await lab.finish(generate);
    const job = (await lab.take())!;
    const grant = lab.grantOf(job)!;
    expect([...grant.hashes]).toEqual([intruder.hash]);
    const put = acceptManifest(lab.context, grant, { key: manifestKey(intruder), manifest: '{}' });
    await expect(put).rejects.toMatchObject({ code: 'NOTARY_NOT_IN_LOCK' });
    expect(await manifests(lab, '')).toBe(0);
  });

  test('is refused where the pipeline recorded no lock', async () => {
    const lab = await openLab();
    const text = childPipeline([{ node: lock.tide, needs: [] }]).replace(/"needs":\[.*?\],/, '');
    await lab.happens(lab.push('main', { 'spack.yaml': '', '.gitlab-ci.yml': text }).event);
    await expect(lab.pushAs((await lab.take())!, lock.tide)).rejects.toMatchObject({ code: 'PIPELINE_LOCK_MISSING' });
    expect(await manifests(lab, '')).toBe(0);
  });
});

describe('a manifest of a pull request', () => {
  test('is put below its own root, unsigned and indexed', async () => {
    const { lab, job } = await buildJob('request');
    await lab.build(job);
    expect([await manifests(lab, ''), await manifests(lab, 'pr/7')]).toEqual([0, 1]);
    expect(await lab.stack.mirror.root('pr/7').head('v3/manifests/index/index.manifest.json')).toBeDefined();
  });

  test.each([
    ['is under no package’s name', 'pr/7/v3/layout.json', '{}', 'MANIFEST_NAME_REFUSED'],
    ['cannot be read', `pr/7/${manifestKey(lock.tide)}`, '{}', 'MIRROR_MANIFEST_INVALID'],
  ])('that %s is refused, and nothing is written', async (_what, key, manifest, code) => {
    const { lab, job } = await buildJob('request');
    await expect(acceptManifest(lab.context, lab.grantOf(job)!, { key, manifest })).rejects.toMatchObject({ code });
    const left = await gather(lab.stack.mirror.whole.list('pr/'));
    expect(left.map((object) => object.key)).toEqual(['pr/7/v3/layout.json']);
  });
});

describe('a spec file of layout v2', () => {
  const layouts: LabOptions['stack'] = { layouts: ['v3', 'v2'] };
  const nodes = specNodes(lock, lock.tide.hash);

  /** Pushes the tarball's blob, as the gateway does with a `.spack`; gives its SHA-256. */
  async function pushTarball(lab: Lab, job: AssignedJob, prefix: string): Promise<string> {
    const sha256 = await lab.pushTarball(job, lock.tide);
    expect(await lab.stack.mirror.root(prefix).head(blobKey(sha256))).toBeDefined();
    return sha256;
  }
  const put = (lab: Lab, job: AssignedJob, { key, text }: { key: string; text: string }) =>
    acceptManifest(lab.context, lab.grantOf(job)!, { key, manifest: text });

  test.each([
    ['branch', ''],
    ['request', 'pr/7'],
  ] as const)('of a %s becomes an entry of both layouts, in both indexes', async (kind, prefix) => {
    const { lab, job } = await buildJob(kind, layouts);
    const sha256 = await pushTarball(lab, job, prefix);
    const key = `${prefix === '' ? '' : `${prefix}/`}${v2SpecKey(nodes, 'plain')}`;
    await put(lab, job, { key, text: formatV2SpecFile({ version: 5, nodes }, sha256) });
    const store = lab.stack.mirror.root(prefix);
    const read =
      kind === 'branch' ? { verifier: lab.context.verifier, requireSignature: true } : { requireSignature: false };
    for (const layout of [v2Layout(store), v3Layout(store)])
      expect((await layout.read(lock.tide, read))?.tarball.sha256).toBe(sha256);
    expect((await store.get(v2TarballKey(nodes)))?.equals((await store.get(blobKey(sha256)))!)).toBe(true);
    const index = readIndexFile((await store.get(v2IndexKey))!.toString());
    expect([index.version, [...index.installs.keys()]]).toEqual(['7', [lock.tide.hash]]);
    expect((await lab.stack.mirror.publisher(prefix).current()).installs.has(lock.tide.hash)).toBe(true);
  });

  test('is written for what was pushed in layout v3 too', async () => {
    const { lab, job } = await buildJob('branch', layouts);
    await lab.build(job);
    const read = { verifier: lab.context.verifier, requireSignature: true };
    expect(await v2Layout(lab.stack.mirror.root('')).read(lock.tide, read)).toBeDefined();
  });

  test('is refused where the stack holds layout v3 alone', async () => {
    const { lab, job } = await buildJob('branch');
    const sha256 = await pushTarball(lab, job, '');
    const text = formatV2SpecFile({ version: 5, nodes }, sha256);
    await expect(put(lab, job, { key: v2SpecKey(nodes, 'plain'), text })).rejects.toMatchObject({
      code: 'MIRROR_LAYOUT_MISSING',
    });
  });

  test.each([
    ['names a tarball that was not pushed', (text: string) => text.replace(/"[0-9a-f]{64}"/, `"${'0'.repeat(64)}"`)],
    [
      'describes another package',
      () => formatV2SpecFile({ version: 5, nodes: [lock.gauge, lock.tide] }, '1'.repeat(64)),
    ],
    [
      'is of another layout',
      (text: string) => text.replace('"buildcache_layout_version":2', '"buildcache_layout_version":1'),
    ],
    ['comes signed', (text: string) => `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n${text}`],
  ])('that %s is refused, and nothing is to be seen', async (_what, change) => {
    const { lab, job } = await buildJob('branch', layouts);
    const sha256 = await pushTarball(lab, job, '');
    const text = change(formatV2SpecFile({ version: 5, nodes }, sha256));
    await expect(put(lab, job, { key: v2SpecKey(nodes, 'plain'), text })).rejects.toMatchObject({
      code: 'SPEC_FILE_REFUSED',
    });
    expect(await gather(lab.stack.mirror.whole.list('build_cache/'))).toEqual([]);
    expect(await manifests(lab, '')).toBe(0);
  });
});
