import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readStack } from './read-stack.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-stack-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}

const host = { platform: 'linux', os: 'debian12' };
const tagsOf = (rules: unknown) =>
  (rules as readonly Record<string, { tags: readonly string[] }>[]).flatMap((one) => one['build-job']?.tags);
const rule = (tag: string) => `ci:\n  pipeline-gen:\n  - build-job: { tags: [${tag}] }\n`;

test('what is given beside a stack is read with its part for the platform, which counts more, and with what it includes', async () => {
  await write({
    'spack.yaml': 'spack:\n  specs: [zlib]\n',
    'given/ci.yaml': rule('given'),
    'given/include.yaml': 'include: [../more]\n',
    'given/linux/ci.yaml': rule('linux'),
    'given/windows/ci.yaml': rule('windows'),
    'more/ci.yaml': rule('more'),
    'last/ci.yaml': rule('last'),
  });
  const configScopes = ['given', 'last'].map((name) => join(folder, name));
  const stack = await readStack(folder, { host, configScopes });
  expect(tagsOf(stack.ci?.['pipeline-gen'])).toEqual(['last', 'linux', 'given', 'more']);
  expect(stack.scopes.map(({ path }) => path.slice(folder.length + 1))).toEqual([
    'last',
    'given/linux',
    'given',
    'more',
  ]);
});

describe('what a stack includes', () => {
  test('may depend on the host and on variables, as that of Spack’s own stacks does', async () => {
    await write({
      'stacks/a/spack.yaml': 'spack:\n  include: [../../gitlab/]\n  specs: [zlib]\n',
      'gitlab/include.yaml': `include:
- { path: configs/win64, when: platform == "windows" }
- path: configs/v3
  when: platform == "linux" and not env.get("CRAYPE_VERSION") and env.get("SPACK_CI_TARGET") == "x86_64_v3"
- path: configs/cray
  when: '"rhel" in os and env.get("CRAYPE_VERSION")'
- { path: configs/linux, when: platform == "linux" }
- { path: configs/nowhere, optional: true }
- when: 'platform == "linux" and env.get("SPACK_CI_GENERATE")'
  git: https://example.org/requests
  branch: main
  paths: [ci.yaml]
- { path: configs/nowhere, path_override_env_var: SITE_CONFIGS }
`,
      'gitlab/configs/v3/ci.yaml': rule('v3'),
      'gitlab/configs/linux/ci.yaml': rule('linux'),
      'site/ci.yaml': rule('site'),
    });
    const variables = { SPACK_CI_TARGET: 'x86_64_v3', SITE_CONFIGS: join(folder, 'site') };
    const stack = await readStack(join(folder, 'stacks/a'), { host, variables });
    expect(tagsOf(stack.ci?.['pipeline-gen'])).toEqual(['v3', 'linux', 'site']);
    const generating = { ...variables, SPACK_CI_GENERATE: '1' };
    await expect(readStack(join(folder, 'stacks/a'), { host, variables: generating })).rejects.toThrow(
      'includes https://example.org/requests',
    );
  });

  test('is of a folder only what is called after a section: anything may be beside it', async () => {
    await write({
      'spack.yaml': 'spack:\n  specs: [zlib]\n  include: [.]\n',
      '.gitlab-ci.yml': 'include: [{ local: more.yml }]\n',
      'template.yaml': '{{ no YAML }}: [\n',
      'ci.yaml': rule('own'),
    });
    expect(tagsOf((await readStack(folder, { host })).ci?.['pipeline-gen'])).toEqual(['own']);
  });

  test.each([
    ['ci.yaml', 'mirrors: {}\n', 'ci.yaml, line 1: `mirrors` is no section'],
    ['below/mirrors.yaml', 'mirrors: {}\nci: {}\n', 'mirrors.yaml, line 2: `ci` is no section'],
    ['all.yaml', 'mirrors: {}\nmirorrs: {}\n', 'all.yaml, line 2: `mirorrs` is no section'],
  ])('is refused where Spack would, as in %s', async (name, text, message) => {
    const include = name === 'all.yaml' ? name : dirname(name);
    await write({ 'spack.yaml': `spack:\n  specs: [zlib]\n  include: [${include}]\n`, [name]: text });
    await expect(readStack(folder, { host })).rejects.toThrow(message);
  });

  test('may be in the Spack that SPACK_ROOT names, or whose program is on PATH', async () => {
    await write({
      'spack.yaml': 'spack:\n  specs: [zlib]\n  include: [$spack/site]\n',
      'a/site/ci.yaml': rule('a'),
      'b/site/ci.yaml': rule('b'),
      'b/bin/spack': '',
    });
    const tags = async (variables: Readonly<Record<string, string>>) =>
      tagsOf((await readStack(folder, { host, variables })).ci?.['pipeline-gen']);
    const path = { PATH: `${folder}/nowhere:${folder}/b/bin` };
    expect(await tags({ ...path, SPACK_ROOT: join(folder, 'a') })).toEqual(['a']);
    expect(await tags(path)).toEqual(['b']);
    await expect(tags({})).rejects.toThrow('The variable SPACK_ROOT in the include');
  });

  test('may be in folders that are named after the machine', async () => {
    await write({
      'spack.yaml':
        'spack:\n  specs: [zlib]\n  include: ["$platform/${os}", { path: $env/$target_family, optional: true }]\n',
      'linux/debian12/ci.yaml': rule('system'),
    });
    expect(tagsOf((await readStack(folder, { host })).ci?.['pipeline-gen'])).toEqual(['system']);
    await write({ 'spack.yaml': 'spack:\n  specs: [zlib]\n  include: [$target/site]\n' });
    await expect(readStack(folder, { host })).rejects.toThrow('The variable target in the include');
    await write({ 'zen3/site/ci.yaml': rule('zen3') });
    const { ci } = await readStack(folder, { host, variables: { target: 'zen3' } });
    expect(tagsOf(ci?.['pipeline-gen'])).toEqual(['zen3']);
  });

  test('cannot be the environment itself', async () => {
    await write({ 'spack.yaml': 'spack:\n  specs: [zlib]\n  include: [spack.yaml]\n' });
    await expect(readStack(folder, { host })).rejects.toThrow('`spack` is no section');
  });

  test('has absolute paths where the stack does, with all that these include; variables may differ elsewhere', async () => {
    await write({
      'spack.yaml': `spack:\n  specs: [zlib]\n  include: [${folder}/site, own, "$HERE/own"]\n`,
      'site/include.yaml': 'include: [../below]\n',
      'below/ci.yaml': rule('below'),
      'own/ci.yaml': rule('own'),
    });
    const { scopes } = await readStack(folder, { host, variables: { HERE: folder } });
    expect(scopes).toEqual([
      { path: join(folder, 'site'), isAbsolute: true },
      { path: join(folder, 'below'), isAbsolute: true },
      { path: join(folder, 'own'), isAbsolute: false },
      { path: join(folder, 'own'), isAbsolute: false },
    ]);
  });

  test('describes this machine where no other host is named', async () => {
    await write({
      'spack.yaml': `spack:\n  include: [{ path: ci.yaml, when: platform == "${process.platform}" }]\n  specs: [zlib]\n`,
      'ci.yaml': rule('here'),
    });
    expect(tagsOf((await readStack(folder)).ci?.['pipeline-gen'])).toEqual(['here']);
  });

  test('gives definitions, after the stack’s own', async () => {
    await write({
      'spack.yaml': 'spack:\n  include: [more]\n  definitions:\n  - a: [zlib]\n  specs: [$a, $b]\n',
      'more/definitions.yaml': 'definitions:\n- b: [$a, xz]\n- a: [bzip2]\n',
    });
    const { environment } = await readStack(folder);
    expect(environment.specs.map(({ text }) => text)).toEqual(['zlib', 'bzip2', 'zlib', 'xz']);
  });
});

test('keys that override, as Spack’s own stacks write that of a build group', async () => {
  await write({ 'spack.yaml': 'spack:\n  cdash: { "build-group:": Data and Vis SDK }\n  specs: [zlib]\n' });
  expect((await readStack(folder)).cdash).toEqual({ buildGroup: 'Data and Vis SDK' });
});
