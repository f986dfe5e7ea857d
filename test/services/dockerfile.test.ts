import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packageRoot } from '../../src/kit/package-root.ts';
import { ImageDefinition, buildDockerfile, folderFiles, prepareBuild, unpackImage } from '../../src/image/index.ts';
import { folderStore, verifyMirror } from '../../src/mirror/index.ts';
import { layoutRepository, openLayout, readImage, validateImage } from '../../src/oci/index.ts';
import { openLab, tinyStack } from '../support/coordinator.ts';
import { gather } from '../support/gather.ts';
import { localBase, type LocalBase } from '../support/local-base.ts';
import { findPart } from '../support/part.ts';
import { removeFolder } from '../support/remove-folder.ts';
import { servedView } from '../support/served-view.ts';

const builders = (['buildah', 'podman'] as const).flatMap((name) => {
  const program = findPart(name);
  return program === undefined ? [] : [{ name, program }];
});
const programs = ['bash', 'sh', 'mkdir', 'chmod', 'tar', 'curl', 'useradd', 'cat'].flatMap(
  (name) => findPart(name) ?? [],
);
const canBuild = process.getuid?.() === 0 && programs.length === 8;
if (!canBuild) process.stderr.write('skipped: the base of these builds is made of root’s own programs\n');

const example = join(packageRoot(), 'examples/tutorial-shaped');
const lockDigest = 'ab'.repeat(32);

describe.skipIf(!canBuild || builders.length === 0)('the tutorial’s own Dockerfile and hook', () => {
  let folder: string;
  let base: LocalBase;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-dockerfile-'));
    base = await localBase(programs);
  });
  afterAll(async () => {
    base.remove();
    await removeFolder(folder);
  });

  test.each(builders)('are built by $name, with the mirror of the tested lock inside', async (builder) => {
    const { mirror, read, view } = await servedView(lockDigest);
    const subject = {
      repository: 'lab/tutorial',
      tag: 'v1',
      ref: 'rev-v1',
      commit: 'c'.repeat(40),
      view,
    };
    const definition = ImageDefinition.parse({ repository: 'lab/tutorial', contents: 'dockerfile' });
    const prepared = await prepareBuild({
      part: definition.dockerfile,
      subject,
      files: folderFiles(example),
      variables: { BASE: base.reference },
    });
    const root = join(folder, builder.name);
    const image = await buildDockerfile(prepared, subject, {
      work: join(folder, `work-${builder.name}`),
      path: process.env.PATH,
      builder,
      use: async (built) => {
        expect(await validateImage(built)).toEqual([]);
        await unpackImage(built, root);
        return built.config;
      },
    });
    expect(image.config).toMatchObject({ User: 'spack', WorkingDir: '/home/spack', Cmd: ['bash'] });
    expect(await readFile(join(root, 'mirror/public.key'), 'utf8')).toBe(mirror.signer.publicKey);
    const findings = await gather(verifyMirror(folderStore(join(root, 'mirror')), read));
    expect(findings.map(({ kind }) => kind)).toEqual(['ok', 'ok']);
    expect(await readFile(join(root, 'etc/spack/config.yaml'), 'utf8')).toBe(
      await readFile(join(example, 'docker/config.yaml'), 'utf8'),
    );
  });

  test('the builder image is a rule of its own, built again when its files change and by nothing else', async () => {
    const lab = await openLab({ stack: { variables: { BASE: base.reference } } });
    const builder = {
      repository: 'lab/builder',
      rules: [{ branch: 'main', tag: 'latest' }],
      contents: 'dockerfile',
      dockerfile: { path: 'builder/Dockerfile' },
    };
    const files = {
      ...tinyStack,
      'slipway.yaml': JSON.stringify({ images: [builder] }),
      'builder/Dockerfile': 'ARG BASE\nFROM ${BASE}\nCOPY tool /opt/tool\n',
      'builder/tool': 'one',
    };
    const published = async (more: Readonly<Record<string, string>>) => {
      await lab.happens(lab.push('main', { ...files, ...more }).event);
      await lab.workAll();
      const last = lab.context.ledger.publications('lab').at(-1);
      expect(last).toMatchObject({ tag: 'latest', state: 'published' });
      return { digest: last?.digest, wasBuilt: (last?.bytesUploaded ?? 0) > 0 };
    };
    const first = await published({});
    expect(first.wasBuilt).toBe(true);
    expect(await published({ 'recipes/other.yaml': 'changed' })).toEqual({ digest: first.digest, wasBuilt: false });
    const second = await published({ 'builder/tool': 'two' });
    expect(second.wasBuilt).toBe(true);
    expect(second.digest).not.toBe(first.digest);
    const source = layoutRepository(await openLayout(lab.folder.images), 'lab/builder');
    const root = join(folder, 'builder-image');
    await unpackImage(await readImage(source, 'latest'), root);
    expect(await readFile(join(root, 'opt/tool'), 'utf8')).toBe('two');
  });
});
