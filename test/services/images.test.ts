import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { ImageDefinition, buildImages, publishImage, type BuildOptions, type Image } from '../../src/image/index.ts';
import { registryClient } from '../../src/oci/index.ts';
import { lockDigest, writeLockfile } from '../../src/spack/index.ts';
import { startDockerRegistry, type DockerRegistry } from '../support/docker-registry.ts';
import { packagedStack, type PackagedStack } from '../support/packaged-stack.ts';
import { findPart } from '../support/part.ts';
import { removeFolder } from '../support/remove-folder.ts';
import { systemBase } from '../support/system-base.ts';

const run = promisify(execFile);
const [dockerRegistry, buildah, podman, skopeo, umoci] = [
  'docker-registry',
  'buildah',
  'podman',
  'skopeo',
  'umoci',
].map((name) => findPart(name));
const runtime = findPart('runc') ?? findPart('crun');

let folder: string;
let stack: PackagedStack;
let server: DockerRegistry;
let image: Image;

/** A stack of scripts on a base with this machine's shell, in fewer layers than packages, with a view and a user. */
const definition = {
  repository: 'lab/stack',
  base: 'oci:base:lab/base:1',
  layers: 2,
  view: '/opt/view',
  users: [{ name: 'spack' }],
  folders: [{ path: '/scratch', mode: '1777' }],
  config: { user: 'spack', workdir: '/home/spack', cmd: ['hello'] },
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-image-services-'));
  stack = await packagedStack([
    { name: 'lib', files: { 'share/word': 'hello from the stack\n' } },
    { name: 'mid', files: { 'share/mid': 'm' }, dependencies: { lib: ['link'] } },
    {
      name: 'hello',
      files: { 'bin/hello': '#!/bin/sh\nexec cat /opt/view/share/word\n' },
      dependencies: { mid: ['link'] },
      isRoot: true,
    },
  ]);
  await mkdir(join(folder, 'checkout'));
  await systemBase(join(folder, 'checkout'), ['/bin/sh', '/bin/cat']);
  await writeFile(join(folder, 'checkout/slipway.yaml'), JSON.stringify({ images: [definition] }));
  await writeFile(join(folder, 'spack.lock'), writeLockfile(stack.lock));
  image = (await buildImages(request())) as Image;
  if (dockerRegistry === undefined) return;
  server = await startDockerRegistry(dockerRegistry, join(folder, 'registry'));
  const target = registryClient({ registry: server.host, repository: 'lab/stack', access: 'push' });
  await publishImage(image, target, 'latest');
});
afterAll(async () => {
  await server?.stop();
  await removeFolder(folder);
  await stack.remove();
});

function request(): BuildOptions {
  return {
    locks: [{ lock: stack.lock, digest: '0'.repeat(64) }],
    entries: stack.entries,
    store: stack.store,
    definition: ImageDefinition.parse(definition),
    work: join(folder, 'work'),
    baseOptions: { folder: join(folder, 'checkout') },
  };
}

/** What containers/* tools need here: storage of their own, no policy file, no more open files than we may have. */
async function containersTool(): Promise<{
  env: NodeJS.ProcessEnv;
  storage: readonly string[];
  policy: readonly string[];
}> {
  const home = await mkdtemp(join(folder, 'containers-'));
  // Podman takes a path of 50 characters at most.
  const runs = await mkdtemp(join(tmpdir(), 'slipway-runs-'));
  onTestFinished(() => removeFolder(runs));
  await writeFile(join(home, 'policy.json'), '{"default":[{"type":"insecureAcceptAnything"}]}');
  await writeFile(
    join(home, 'containers.conf'),
    `[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]\n[engine]\ncgroup_manager = "cgroupfs"\nevents_logger = "none"\ntmp_dir = "${join(home, 'libpod')}"\n`,
  );
  return {
    env: { ...process.env, CONTAINERS_CONF: join(home, 'containers.conf'), TMPDIR: home },
    storage: ['--root', join(home, 'root'), '--runroot', runs, '--storage-driver', 'vfs'],
    policy: ['--signature-policy', join(home, 'policy.json')],
  };
}

const pulled = () => `docker://${server.host}/lab/stack:latest`;

describe.skipIf(dockerRegistry === undefined || buildah === undefined)('buildah', () => {
  test('begins a container from an image of ours, and runs its program', async () => {
    const { env, storage, policy } = await containersTool();
    const from = ['from', '--tls-verify=false', ...policy, pulled()];
    const container = (await run(buildah as string, [...storage, ...from], { env })).stdout.trim();
    const words = ['run', '--isolation', 'chroot', container, '--', '/opt/view/bin/hello'];
    expect((await run(buildah as string, [...storage, ...words], { env })).stdout).toBe('hello from the stack\n');
    const { stdout } = await run(
      buildah as string,
      [...storage, 'inspect', '--format', '{{.OCIv1.Config.User}} {{.FromImageDigest}}', container],
      { env },
    );
    expect(stdout.trim()).toBe(`spack ${image.manifest.descriptor.digest}`);
  });
});

describe.skipIf(dockerRegistry === undefined || podman === undefined || runtime === undefined)('podman', () => {
  test('pulls an image of ours, and runs it as it is configured', async () => {
    const { env, storage, policy } = await containersTool();
    const words = [...storage, '--runtime', runtime as string];
    await run(podman as string, [...words, 'pull', '--tls-verify=false', ...policy, pulled()], { env });
    const options = ['run', '--rm', '--network=none'];
    const { stdout } = await run(podman as string, [...words, ...options, `${server.host}/lab/stack:latest`], { env });
    expect(stdout).toBe('hello from the stack\n');
  });
});

describe.skipIf(dockerRegistry === undefined || skopeo === undefined || umoci === undefined)('skopeo and umoci', () => {
  test('inspect, copy and unpack an image of ours', async () => {
    const { env } = await containersTool();
    const { stdout } = await run(skopeo as string, ['inspect', '--tls-verify=false', pulled()], { env });
    expect(JSON.parse(stdout)).toMatchObject({ Digest: image.manifest.descriptor.digest, Os: 'linux' });
    const copy = ['copy', '--insecure-policy', '--src-tls-verify=false', pulled(), `oci:${folder}/copied:latest`];
    await run(skopeo as string, copy, { env });
    await run(umoci as string, ['unpack', '--rootless', '--image', `${folder}/copied:latest`, join(folder, 'bundle')]);
    const root = join(folder, 'bundle/rootfs');
    expect((await run('stat', ['-c', '%a', join(root, 'tmp'), join(root, 'scratch')])).stdout).toBe('1777\n1777\n');
    expect(await readFile(join(root, 'etc/passwd'), 'utf8')).toContain('spack:x:1000:1000::/home/spack:/bin/sh\n');
    expect((await run('readlink', [join(root, 'opt/view/bin/hello')])).stdout.trim()).toBe(
      `${stack.prefixOf('hello')}/bin/hello`,
    );
  });
});

test.skipIf(findPart('unshare') === undefined)(
  'another host, in another time zone, with nothing kept from before, makes the same image',
  async () => {
    const program = ['--import', import.meta.resolve('tsx'), join(import.meta.dirname, '../../src/cli/start.ts')];
    const given = ['--lock', join(folder, 'spack.lock'), '--mirror', join(stack.folder, 'mirror'), '--unsigned'];
    const places = ['--env', join(folder, 'checkout'), '--work', join(folder, 'other-work')];
    const output = ['--output', `oci:${join(folder, 'other-images')}:lab/stack:latest`];
    const build = [process.execPath, ...program, 'image', 'build', ...given, ...places, ...output];
    const script = 'hostname other-host && cd / && exec "$@"';
    const env = { PATH: process.env.PATH, TZ: 'Pacific/Auckland', LC_ALL: 'C', HOME: folder };
    const words = ['--user', '--map-root-user', '--uts', 'sh', '-c', script, 'sh', ...build];
    const { stdout } = await run('unshare', words, { env });
    const expected = (await buildImages({
      ...request(),
      locks: [{ lock: stack.lock, digest: lockDigest(writeLockfile(stack.lock)) }],
    })) as Image;
    expect(stdout.trim()).toBe(expected.manifest.descriptor.digest);
  },
);
