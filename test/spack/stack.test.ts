import { execFile } from 'node:child_process';
import { copyFile, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serveStack, stackName, type ServedStack } from '../support/served-stack.ts';
import { builtinRecipes, findSpacks, installedPrefix, spackLab, type SpackLab } from '../support/spack-lab.ts';
import { realSpecs, realStackYaml, sourcesFolder, stackLab, type StackLab } from '../support/spack-sources.ts';

const run = promisify(execFile);
const sources = sourcesFolder();
const spacks = (await findSpacks()).filter(({ version }) => version.startsWith('0.') || builtinRecipes() !== undefined);
if (spacks.length === 0 || sources === undefined) test.skip('needs a Spack and sources', () => undefined);

const known = ['c-blosc', 'gcc-runtime', 'gflags', 'leveldb', 'lz4', 'snappy', 'zlib-ng', 'zstd'];

/** What Spack of a version is given to build, and all that this makes. */
function stackFor(version: string): { specs: readonly string[]; packages: readonly string[] } {
  if (version.startsWith('0.')) return { specs: realSpecs, packages: [...known, 'yaml-cpp'] };
  // From 1.0 on the wrapper of compilers is a package; and the recipe of yaml-cpp fetches a patch from elsewhere.
  const specs = realSpecs.filter((spec) => !spec.startsWith('yaml-cpp'));
  return { specs, packages: [...known, 'compiler-wrapper'] };
}

/** As a stack on GitLab has it: Spack's own command in every job, and nothing of ours but the mirror behind it. */
const ci = {
  // In 1.x it ends with taking away every stage, those of other jobs too.
  config: { build_stage: ['$CI_PROJECT_DIR/.stage'] },
  mirrors: { 'buildcache-destination': { url: `s3://${stackName}`, signed: true } },
  ci: {
    'pipeline-gen': [
      {
        'build-job': {
          before_script: [
            '. "$SPACK_ROOT/share/spack/setup-env.sh"',
            'export SPACK_GNUPGHOME="$CI_PROJECT_DIR/.gnupg" && mkdir -m 700 "$SPACK_GNUPGHOME"',
            'printf "%s" "$SLIPWAY_TRUSTED_KEYS" > keys.asc && spack gpg trust keys.asc',
          ],
        },
      },
    ],
  },
};
const spackPipeline = `stages: [generate, build]
generate:
  stage: generate
  script: [slipway generate --script spack]
  artifacts: { when: always, paths: [jobs_scratch_dir] }
build:
  stage: build
  trigger:
    include: [{ artifact: jobs_scratch_dir/pipeline.yml, job: generate }]
    strategy: depend
`;

describe.skipIf(sources === undefined).each(spacks)('a stack of real packages, Spack $version', ({ root, version }) => {
  let given: StackLab;
  const { specs, packages } = stackFor(version);
  beforeAll(async () => {
    given = await stackLab(root, sources as string, version);
  });

  describe.each([
    { way: 'slipway rebuild', files: { 'spack.yaml': realStackYaml({ specs }) } },
    {
      way: 'spack ci rebuild',
      files: { 'spack.yaml': realStackYaml({ specs, more: ci }), '.gitlab-ci.yml': spackPipeline },
    },
  ])('built by $way', ({ way, files }) => {
    let served: ServedStack;
    let sha: string;
    beforeAll(async () => {
      const { variables } = given;
      // The lab's configuration names folders that Spack writes to, which a sandbox would only show.
      const runners = [{ name: 'embedded', embedded: true, sandbox: 'never' as const }];
      served = await serveStack({ stack: { layouts: ['v3', 'v2'], variables }, server: { runners } });
    });
    afterAll(() => served.close());

    test('goes from a push through the protected pipeline to a signed mirror', async () => {
      sha = await served.push('main', files);
      const status = await served.finalStatus(sha);
      const jobs = await served.jobs(sha);
      const failed = [...jobs].filter(([, job]) => job.status !== 'success');
      expect({ state: status.state, failed: failed.map(([name, { log }]) => `${name}\n${log.slice(-3000)}`) }).toEqual({
        state: 'success',
        failed: [],
      });
      for (const name of packages) {
        const [, job] = [...jobs].find(([title]) => title.startsWith(`${name}@`)) ?? [];
        expect(job?.log, name).toContain(way === 'slipway rebuild' ? 'built in' : 'Successfully installed');
      }
    });

    test('of which a second run schedules nothing', async () => {
      const again = await served.push('main', {});
      expect((await served.finalStatus(again)).state).toBe('success');
      const jobs = await served.jobs(again);
      expect(jobs.get('generate')?.log).toContain(
        `Nothing to build: ${packages.length} of ${packages.length} packages reused`,
      );
      expect([...jobs.keys()].filter((name) => name.includes('@'))).toEqual([]);
    });

    test('that Spack lists, checks and installs from, signatures verified', async () => {
      const [name = ''] = way.split(' ');
      const reader = await readerOf(given, { root, name, served });
      const environment = await lockedEnvironment(join(given.folder, `environment-${name}`), { served, specs });
      expect(await reader.lab.trySpack('-e', environment, 'install', '--cache-only')).toMatchObject({ failed: true });
      await reader.lab.spack('gpg', 'trust', reader.keyFile);
      const listed = await reader.lab.spack('buildcache', 'list', '--allarch');
      for (const one of packages) expect(listed).toContain(`${one}@`);
      await reader.lab.spack('-e', environment, 'install', '--cache-only');
      const check = (url: string) =>
        reader.lab.trySpack('-e', environment, 'buildcache', 'check', '--mirror-url', url, ...packages);
      expect(await check(reader.mirror)).toMatchObject({ failed: false });
      expect(await check(`${reader.mirror}/locks`)).toMatchObject({ failed: true });
      await expectLinked(reader.store);
    });
  });
});

interface Reader {
  readonly lab: SpackLab;
  readonly store: string;
  readonly mirror: string;
  readonly keyFile: string;
}

/** A Spack that has built nothing and trusts no key yet, beside a mirror that it reads over HTTP. */
async function readerOf(
  given: StackLab,
  { root, name, served }: { root: string; name: string; served: ServedStack },
): Promise<Reader> {
  // Binaries move to prefixes that are no longer than those they were built for.
  const folder = join(given.folder, `r-${name}`);
  await rm(folder, { recursive: true, force: true });
  const store = join(folder, 's');
  const lab = await spackLab({ root, folder, store, like: given.folder });
  const mirror = `${served.server.url}/mirrors/${stackName}`;
  await lab.configure('mirrors.yaml', JSON.stringify({ mirrors: { ours: { url: mirror, signed: true } } }));
  const keyFile = join(folder, 'key.pub');
  await writeFile(keyFile, served.server.coordinator.context.signing.publicKey);
  return { lab, store, mirror, keyFile };
}

/** The environment with the lock that the server recorded. */
async function lockedEnvironment(
  folder: string,
  { served, specs }: { served: ServedStack; specs: readonly string[] },
): Promise<string> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'spack.yaml'), realStackYaml({ specs }));
  const { context } = served.server.coordinator;
  const digest = context.pipelines.list({ stack: stackName }).find((one) => one.lockDigest !== undefined)?.lockDigest;
  await copyFile(served.server.folder.lock(digest ?? ''), join(folder, 'spack.lock'));
  return folder;
}

/** Every library that c-blosc needs is found, and those of the stack in the new store. */
async function expectLinked(store: string): Promise<void> {
  const prefix = (await installedPrefix(store, 'c-blosc')) as string;
  const { stdout } = await run('ldd', [join(prefix, 'lib/libblosc.so')]);
  expect(stdout).not.toContain('not found');
  for (const name of ['zstd', 'lz4', 'zlib-ng']) {
    const other = (await installedPrefix(store, name)) as string;
    expect(stdout).toContain(`${other}/lib`);
  }
  const spec = await readFile(join(prefix, '.spack/spec.json'), 'utf8');
  expect(spec).toContain('"c-blosc"');
  expect(await readdir(join(prefix, 'include'))).toContain('blosc.h');
}
