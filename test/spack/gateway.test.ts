import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { v2Layout, v3Layout, type MirrorLayout } from '../../src/mirror/index.ts';
import { lockDigest, readLockfile, type Lockfile, type SpecNode } from '../../src/spack/index.ts';
import { childPipeline } from '../support/child-pipeline.ts';
import { openLab, type Lab } from '../support/coordinator.ts';
import { gather } from '../support/gather.ts';
import { serveLab, type LabGateway } from '../support/lab-gateway.ts';
import { findPart } from '../support/part.ts';
import { builtinRecipes, findSpacks, installedPrefix, spackLab, type SpackLab } from '../support/spack-lab.ts';

const spacks = (await findSpacks()).filter(({ root, version }) => {
  if (version.startsWith('0.') || builtinRecipes() !== undefined) return true;
  process.stderr.write(`skipped: ${root} needs SLIPWAY_TEST_SPACK_PACKAGES, the recipes of Spack ${version}\n`);
  return false;
});
if (spacks.length === 0) test.skip('needs a Spack', () => undefined);
const gpg = findPart('gpg');

/**
 * Spack's own client, boto3, at the gateway: what each version writes comes in, is signed, and is installed
 * again.
 */
describe.skipIf(gpg === undefined).each(spacks)('Spack $version at the gateway', ({ root, version }) => {
  const isOld = version.startsWith('0.');
  let folder: string;
  let builder: SpackLab;
  let lock: Lockfile;
  let text: string;
  let nodes: readonly SpecNode[];

  const place = (name: string) => join(folder, name);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-spack-gateway-'));
    builder = await spackLab({ root, folder: place('built'), store: place('built/a-store-with-a-long-enough-name') });
    await builder.spack('env', 'create', '-d', place('environment'));
    await writeFile(place('environment/spack.yaml'), JSON.stringify({ spack: { specs: ['gauge'], view: false } }));
    await builder.spack('-e', place('environment'), 'install');
    text = await readFile(place('environment/spack.lock'), 'utf8');
    lock = readLockfile(text, 'spack.lock');
    nodes = [...lock.nodes.values()].filter(({ external }) => external === undefined);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** A server whose pipeline has one job for each package, all ready to run. */
  async function pipeline(kind: 'branch' | 'request'): Promise<{ lab: Lab; gateway: LabGateway }> {
    const lab = await openLab({ stack: { layouts: isOld ? ['v3', 'v2'] : ['v3'] } });
    const gateway = await serveLab(lab);
    const { sha, event } = lab.push(kind === 'branch' ? 'main' : 'fix');
    await lab.happens(kind === 'branch' ? event : lab.forge.request('7', sha));
    const generate = (await lab.take())!;
    await lab.leave(generate, {
      'jobs_scratch_dir/concrete_environment/spack.lock': text,
      'jobs_scratch_dir/pipeline.yml': JSON.stringify({
        ...(JSON.parse(childPipeline(nodes.map((node) => ({ node, needs: [] })))) as object),
        'rebuild-index': { stage: '.post', script: ['spack buildcache update-index'] },
      }),
    });
    await lab.finish(generate);
    return { lab, gateway };
  }

  /**
   * Each package is pushed from its own job, unsigned, as `spack ci rebuild` does. The last job is that of `spack ci
   * generate` which updates the index.
   */
  async function pushAll(lab: Lab, gateway: LabGateway): Promise<void> {
    for (let job = await lab.take(); job !== undefined; job = await lab.take()) {
      const node = nodes.find(({ name }) => name === job?.run.name);
      const env = gateway.variables(job);
      const mirror = env.SLIPWAY_MIRROR as string;
      if (node === undefined) await builder.with(env).spack('buildcache', 'update-index', '--keys', mirror);
      else {
        const push = ['buildcache', 'push', '--unsigned', '--force', '--only', 'package', mirror];
        await builder.with(env).spack(...push, `/${node.hash}`);
      }
      await lab.finish(job);
    }
  }

  async function read(lab: Lab, layout: MirrorLayout): Promise<readonly (string | undefined)[]> {
    const trust = layout.store.url.endsWith('pr/7')
      ? { requireSignature: false }
      : { verifier: lab.context.verifier, requireSignature: true };
    const found = await Promise.all(nodes.map((node) => layout.read(node, trust)));
    return found.map((entry) => entry?.id.name);
  }

  test('pushes of a protected pipeline are signed, and installed with signatures on by a Spack that has built nothing', async () => {
    const { lab, gateway } = await pipeline('branch');
    await pushAll(lab, gateway);
    expect(lab.jobs('1')).toContain('rebuild-index success');
    const store = lab.stack.mirror.root('');
    const names = nodes.map(({ name }) => name);
    expect(await read(lab, v3Layout(store))).toEqual(names);
    expect(await lab.signed()).toEqual(names);
    if (isOld) expect(await read(lab, v2Layout(store))).toEqual(names);
    expect(await gather(store.list('build_cache/'))).toHaveLength(isOld ? 2 * names.length + 2 : 0);

    const reader = await spackLab({ root, folder: place('read'), store: place('read/s'), like: place('built') });
    const mirrors = { lab: { url: `${gateway.url}/mirrors/lab`, signed: true } };
    await reader.configure('mirrors.yaml', JSON.stringify({ mirrors }));
    expect(await reader.trySpack('install', '--cache-only', 'gauge')).toMatchObject({ failed: true });
    await writeFile(place('lab.pub'), lab.context.signing.publicKey);
    await reader.spack('gpg', 'trust', place('lab.pub'));
    await reader.spack('install', '--cache-only', 'gauge');

    const view = `${gateway.url}/mirrors/lab/locks/${lockDigest(text)}`;
    const alone = await spackLab({ root, folder: place('view'), store: place('view/s'), like: place('built') });
    await alone.configure('mirrors.yaml', JSON.stringify({ mirrors: { view: { url: view, signed: true } } }));
    expect(await alone.trySpack('install', '--cache-only', 'gauge')).toMatchObject({ failed: true });
    await alone.spack('gpg', 'trust', place('lab.pub'));
    await alone.spack('install', '--cache-only', 'gauge');
    expect(await installedPrefix(place('view/s'), 'gauge')).toContain(nodes.find(({ name }) => name === 'gauge')!.hash);
    await gateway.close();
  });

  test('pushes of a pull request stay unsigned below its own root', async () => {
    const { lab, gateway } = await pipeline('request');
    await pushAll(lab, gateway);
    const store = lab.stack.mirror.root('pr/7');
    expect(await read(lab, isOld ? v2Layout(store) : v3Layout(store))).toEqual(nodes.map(({ name }) => name));
    expect(await lab.signed()).toEqual([]);
    expect(await gather(lab.stack.mirror.root('').list('v3/manifests/spec/'))).toEqual([]);
    await gateway.close();
  });
});
