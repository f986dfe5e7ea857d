import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/mirror-package.ts';
import { sha256 } from '../../kit/index.ts';
import type { FileSource } from '../folder-files.ts';
import { buildDockerfile, prepareBuild, type PreparedBuild } from './build-dockerfile.ts';
import { declaredArguments, type BuildSubject } from './build-variables.ts';
import { DockerfilePart } from './definition.ts';
import { INPUTS_ANNOTATION } from '../index.ts';

const subject: BuildSubject = {
  repository: 'docker.io/lab/stack',
  tag: 'v1',
  ref: 'rev-v1',
  commit: 'c'.repeat(40),
  view: 'https://slipway.example.org/mirrors/lab/locks/ab',
};
const dockerfile = 'FROM base\nARG REMOTE_BUILDCACHE_URL="tutorial s3://old"\nARG OTHER\n';
const tree: Readonly<Record<string, string>> = {
  'docker/Dockerfile': dockerfile,
  'docker/config.yaml': 'config: {}\n',
  'docker/hooks/build': '#!/bin/sh\nexec docker build --tag "$IMAGE_NAME" --file "$DOCKERFILE_PATH" .\n',
  'builder/Dockerfile': 'FROM base\nRUN make\n',
};

const filesOf =
  (files: Readonly<Record<string, string>>): FileSource =>
  async (path) =>
    Object.entries(files).flatMap(([name, text]) => {
      const file = { bytes: Buffer.from(text), executable: false };
      if (name === path) return [{ ...file, path: '' }];
      return name.startsWith(path === '' ? '' : `${path}/`)
        ? [{ ...file, path: name.slice(path === '' ? 0 : path.length + 1) }]
        : [];
    });

const prepare = (part: object = {}, files = tree, changed: Partial<BuildSubject> = {}): Promise<PreparedBuild> =>
  prepareBuild({
    part: DockerfilePart.parse(part),
    subject: { ...subject, ...changed },
    files: filesOf(files),
    variables: { OTHER: 'of the stack', UNDECLARED: 'x' },
  });

describe('what goes into a build', () => {
  test('is the folder of the Dockerfile, its hook, and Docker Hub’s variables for a hook', async () => {
    const { context, hook, variables } = await prepare();
    expect(context.map(({ path }) => path).toSorted()).toEqual(['Dockerfile', 'config.yaml', 'hooks/build']);
    expect(hook).toBeDefined();
    expect(variables).toEqual({
      REMOTE_BUILDCACHE_URL: subject.view,
      OTHER: 'of the stack',
      UNDECLARED: 'x',
      DOCKERFILE_PATH: 'Dockerfile',
      DOCKER_REPO: 'docker.io/lab/stack',
      DOCKER_TAG: 'v1',
      IMAGE_NAME: 'docker.io/lab/stack:v1',
      SOURCE_BRANCH: 'rev-v1',
      SOURCE_COMMIT: 'c'.repeat(40),
    });
  });

  test('are, without a hook, the arguments that the Dockerfile declares', async () => {
    const { hook, args } = await prepare({ hook: false, args: { OTHER: 'of the image' } });
    expect({ hook, args }).toEqual({
      hook: undefined,
      args: { REMOTE_BUILDCACHE_URL: subject.view, OTHER: 'of the image' },
    });
  });

  test('has another mirror where a variable of the stack or an argument of the image names it', async () => {
    const named = { REMOTE_BUILDCACHE_URL: 's3://tutorial/mirror' };
    expect((await prepare({ args: named })).variables).toMatchObject(named);
    const inputs = { part: DockerfilePart.parse({}), subject, files: filesOf(tree), variables: named };
    expect((await prepareBuild(inputs)).variables).toMatchObject(named);
  });

  test('may be all of the repository, with the Dockerfile inside', async () => {
    const { context, paths } = await prepare({ context: '.' });
    expect(paths.dockerfile).toBe('docker/Dockerfile');
    expect(context).toHaveLength(4);
  });

  test('is missed when it is not there', async () => {
    await expect(prepare({ path: 'none/Dockerfile' })).rejects.toMatchObject({ code: 'IMAGE_FILE_MISSING' });
    await expect(prepare({ hook: 'docker/none' })).rejects.toMatchObject({ code: 'IMAGE_FILE_MISSING' });
  });

  test('has the digest of what makes a difference, and of nothing else', async () => {
    const seed = (await prepare()).digest;
    expect((await prepare({}, tree, { commit: 'd'.repeat(40) })).digest).toBe(seed);
    expect((await prepare({}, tree, { view: 'https://other' })).digest).not.toBe(seed);
    expect((await prepare({}, { ...tree, 'docker/config.yaml': 'other' })).digest).not.toBe(seed);
    // The image that jobs run in has a context of its own, and no use for a lock.
    const builder = { path: 'builder/Dockerfile' };
    const own = (await prepare(builder)).digest;
    expect((await prepare(builder, { ...tree, 'docker/config.yaml': 'other' }, { view: 'https://other' })).digest).toBe(
      own,
    );
    expect((await prepare(builder, { ...tree, 'builder/Dockerfile': 'FROM other\n' })).digest).not.toBe(own);
  });
});

test('the arguments of a Dockerfile are read as they are written', () => {
  const text = 'ARG A\nFROM x\n  arg B=1 C="two words"\nARG D=a\\\n E\n# ARG F\nRUN echo ARG G\n';
  expect([...declaredArguments(text)]).toEqual(['A', 'B', 'C', 'D', 'E']);
});

describe('a build', () => {
  let folder: string;
  let program: string;
  beforeEach(async () => {
    folder = await temporaryFolder();
    program = join(folder, 'bin/buildah');
    await mkdir(join(folder, 'bin'));
  });

  /** A builder that prints its arguments, and leaves an image without layers. */
  async function builder(build: string): Promise<{ name: 'buildah'; program: string }> {
    const config = '{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}';
    const manifest = `{"schemaVersion":2,"config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:${sha256(config)}","size":${config.length}},"layers":[]}`;
    const index = `{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:${sha256(manifest)}","size":${manifest.length}}]}`;
    const script = `#!/bin/sh
case $1 in
build) ${build} ;;
push) to=\${3#oci:}; to=\${to%:built}; mkdir -p "$to/blobs/sha256"
  printf '{"imageLayoutVersion":"1.0.0"}' > "$to/oci-layout"
  printf '%s' '${config}' > "$to/blobs/sha256/${sha256(config)}"
  printf '%s' '${manifest}' > "$to/blobs/sha256/${sha256(manifest)}"
  printf '%s' '${index}' > "$to/index.json" ;;
esac
`;
    await writeFile(program, script);
    await chmod(program, 0o755);
    return { name: 'buildah', program };
  }

  const run = async (part: object, build: string, path = '/usr/bin:/bin') => {
    const lines: string[] = [];
    const prepared = await prepare(part);
    const image = await buildDockerfile(prepared, subject, {
      work: join(folder, 'work'),
      path,
      builder: await builder(build),
      mode: 'never',
      annotations: { 'io.slipway.lock': 'sha256:ab' },
      onLine: (line) => void lines.push(line),
      use: async ({ manifest }) => JSON.parse(manifest.bytes.toString()) as { annotations: Record<string, string> },
    });
    return { image, lines, prepared };
  };

  test('by a hook that calls docker reaches whichever builder there is, in the folder of the Dockerfile', async () => {
    const { image, lines, prepared } = await run({}, 'echo "$@"; ls; echo "$SOURCE_BRANCH"');
    expect(lines).toEqual([
      'build --tag=docker.io/lab/stack:v1 --file Dockerfile .',
      'Dockerfile',
      'config.yaml',
      'hooks',
      'rev-v1',
    ]);
    expect(image.annotations).toEqual({
      'io.slipway.lock': 'sha256:ab',
      [INPUTS_ANNOTATION]: `sha256:${prepared.digest}`,
    });
  });

  test('without a hook gives the declared arguments', async () => {
    const { lines } = await run({ hook: false }, 'echo "$@"');
    expect(lines).toEqual([
      `build --build-arg REMOTE_BUILDCACHE_URL=${subject.view} --build-arg OTHER=of the stack --file Dockerfile --tag docker.io/lab/stack:v1 .`,
    ]);
  });

  test('sees nothing of this process’s environment', async () => {
    process.env.REGISTRY_PASSWORD = 'secret';
    const { lines } = await run({ hook: false }, 'env');
    delete process.env.REGISTRY_PASSWORD;
    expect(lines.join('\n')).not.toContain('secret');
    expect(lines).toContain('BUILDAH_ISOLATION=chroot');
  });

  test('that fails is reported with the end of its output, and leaves nothing behind', async () => {
    await expect(run({}, 'echo no such package; exit 3')).rejects.toMatchObject({
      code: 'IMAGE_BUILD_FAILED',
      message: '`docker/hooks/build` failed to build the image (status 3). Its last output was:\nno such package',
    });
    expect((await readdir(join(folder, 'work'))).filter((name) => name.startsWith('dockerfile-'))).toEqual([]);
  });

  test('is refused where nothing can build', async () => {
    const prepared = await prepare();
    const use = async () => undefined;
    await expect(
      buildDockerfile(prepared, subject, { work: join(folder, 'work'), path: '/nowhere', use }),
    ).rejects.toMatchObject({ code: 'IMAGE_BUILDER_MISSING' });
  });
});
