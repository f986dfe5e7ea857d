import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { ImageDefinition, buildDockerfile, folderFiles, prepareBuild, unpackImage } from '../../src/image/index.ts';
import { folderStore, verifyMirror } from '../../src/mirror/index.ts';
import { readSecretKey } from '../../src/notary/index.ts';
import { validateImage } from '../../src/oci/index.ts';
import { startDockerRegistry } from '../support/docker-registry.ts';
import { gather } from '../support/gather.ts';
import { findPart } from '../support/part.ts';
import { removeFolder } from '../support/remove-folder.ts';
import { servedView } from '../support/served-view.ts';
import { checkOutTutorial, exportedKey, tutorialRepository, ubuntuBase } from '../support/tutorial-container.ts';

const repository = tutorialRepository();
const [gpg, buildah, registryProgram] = ['gpg', 'buildah', 'docker-registry'].map((name) => findPart(name));
const canBuild = process.getuid?.() === 0 && buildah !== undefined && registryProgram !== undefined;
const lockDigest = 'ab'.repeat(32);

/** The files of the tutorial container, byte for byte as in its repository. */
describe.skipIf(repository === undefined)('the repository of the tutorial container', () => {
  let folder: string;
  let checkout: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-tutorial-'));
    checkout = join(folder, 'checkout');
    await checkOutTutorial(repository!, checkout);
  });
  afterAll(() => removeFolder(folder));

  test.skipIf(gpg === undefined)('exports a SPACK_SIGNING_KEY that the notary takes as it is', async () => {
    const { key, fingerprint } = await exportedKey(gpg!, checkout, folder);
    expect((await readSecretKey(key)).fingerprint.toUpperCase()).toBe(fingerprint);
  });

  test.skipIf(!canBuild)('has a Dockerfile and a hook that are built with the mirror of the tested lock', async () => {
    const registry = await startDockerRegistry(registryProgram!, join(folder, 'registry'));
    onTestFinished(() => registry.stop());
    const { read, view } = await servedView(lockDigest);
    const subject = { repository: 'spack/tutorial', tag: 'sc26', ref: 'rev-sc26', commit: 'c'.repeat(40), view };
    const prepared = await prepareBuild({
      part: ImageDefinition.parse({ repository: subject.repository, contents: 'dockerfile' }).dockerfile,
      subject,
      files: folderFiles(checkout),
      variables: await ubuntuBase(registry.host, folder),
    });
    expect(prepared.hook?.bytes).toEqual(await readFile(join(checkout, 'docker/hooks/build')));
    const root = join(folder, 'unpacked');
    const lines: string[] = [];
    const image = await buildDockerfile(prepared, subject, {
      work: join(folder, 'work'),
      path: process.env.PATH,
      builder: { name: 'buildah', program: buildah! },
      onLine: (line) => lines.push(line),
      use: async (built) => {
        expect(await validateImage(built)).toEqual([]);
        await unpackImage(built, root);
        return built.config;
      },
    });
    expect(image.config).toMatchObject({ User: 'spack', WorkingDir: '/home/spack', Cmd: ['bash'] });
    expect(lines.join('\n')).toContain('stand-in: apt-get update -y');
    const findings = await gather(verifyMirror(folderStore(join(root, 'mirror')), read));
    expect(findings.map(({ kind }) => kind)).toEqual(['ok', 'ok']);
    const places = { 'packages.yaml': 'etc/spack', 'config.yaml': 'etc/spack', 'tutorial-test.sh': 'tutorial/.test' };
    for (const [name, place] of Object.entries(places))
      expect(await readFile(join(root, place, name)), name).toEqual(await readFile(join(checkout, 'docker', name)));
  });
});
