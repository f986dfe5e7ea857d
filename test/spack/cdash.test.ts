import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { readLockfile, topologicalOrder, type SpecNode } from '../../src/spack/index.ts';
import { cdashStandIn, type CdashStandIn } from '../support/cdash.ts';
import { cdashValidator } from '../support/cdash-schemas.ts';
import { collectedTerminal } from '../support/collected-terminal.ts';
import { findSpacks, readyToBuild, spackLab, warmCache, type SpackLab } from '../support/spack-lab.ts';
import { sourcesFolder } from '../support/spack-sources.ts';
import { xmlShape } from '../support/xml-shape.ts';

const spacks = (await findSpacks()).filter(readyToBuild);
if (spacks.length === 0) test.skip('needs a Spack', () => undefined);
const validate = cdashValidator();

/** Packages that are configured, warn, and have tests that pass, fail and are skipped; one of them does not compile. */
const recipe = (name: string, value: string): string => `from spack.package import *

try:
    from spack_repo.builtin.build_systems.generic import Package
except ImportError:
    pass


class ${name}(Package):
    """It warns, and has tests."""

    homepage = "https://example.org"
    has_code = False
    version("1.0")
    depends_on("c", type="build")

    phases = ["configure", "build", "install"]

    def configure(self, spec, prefix):
        print("checking for water... yes")

    def build(self, spec, prefix):
        with open("kelp.c", "w") as f:
            f.write("int main(void) { int unused; return ${value}; }\\n")
        Executable(env["CC"])("-Wall", "kelp.c", "-o", "kelp")

    def install(self, spec, prefix):
        mkdirp(prefix.bin)
        install("kelp", prefix.bin)

    def test_wet(self):
        """is wet"""
        Executable(join_path(self.prefix.bin, "kelp"))()

    def test_deep(self):
        """is deep"""
        Executable(join_path(self.prefix.bin, "shell"))()

    def test_old(self):
        """is old"""
        raise SkipTest("too young")
`;

describe.each(spacks)('Spack $version', ({ root }) => {
  let folder: string;
  let lab: SpackLab;
  let cdash: CdashStandIn;
  let served: Awaited<ReturnType<CdashStandIn['listen']>>;
  let theirs: Reports;
  let ours: Reports;
  const place = (name: string) => join(folder, name);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-cdash-'));
    lab = await spackLab({ root, folder: place('lab'), store: place('store') });
    await warmCache(lab, place('cache/spack'));
    // From 1.0 on the wrapper of compilers is a package, with a source.
    const sources = sourcesFolder();
    const mirrors = sources === undefined ? {} : { sources: { url: `file://${sources}`, source: true, binary: false } };
    await lab.configure('mirrors.yaml', JSON.stringify({ mirrors }));
    for (const [name, value] of Object.entries({ Kelp: '0', Reef: 'coral' })) {
      await mkdir(place(`lab/recipes/packages/${name.toLowerCase()}`));
      await writeFile(place(`lab/recipes/packages/${name.toLowerCase()}/package.py`), recipe(name, value));
    }
    cdash = cdashStandIn({ project: 'Sea' });
    served = await cdash.listen();
    const section = { 'build-group': 'Nightly', url: served.url, project: 'Sea', site: 'lab' };
    const spack = { specs: ['kelp', 'reef'], view: false, concretizer: { reuse: false }, cdash: section };
    await mkdir(place('env'));
    await writeFile(place('env/spack.yaml'), JSON.stringify({ spack }));
    await lab.spack('-e', place('env'), 'concretize');
    theirs = await reportsOf(bySpack);
    ours = await reportsOf(bySlipway);
  });
  afterAll(async () => {
    await served.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Documents by package and part, `kelp Site/Build`. */
  type Reports = ReadonlyMap<string, string>;

  async function reportsOf(build: (node: SpecNode) => Promise<void>): Promise<Reports> {
    cdash.uploads.length = 0;
    const path = place('env/spack.lock');
    for (const node of topologicalOrder(readLockfile(await readFile(path, 'utf8'), path)))
      if (node.external === undefined) await build(node);
    return new Map(
      cdash.uploads.map(({ build: name, part, xml }) => [`${/^\w+/.exec(name)?.[0]} ${part}`, xml] as const),
    );
  }

  /** As `spack ci rebuild` does: `run_standalone_tests` and `CDashHandler.args`. */
  async function bySpack({ name, hash }: SpecNode): Promise<void> {
    const url = `${served.url}/submit.php?project=Sea`;
    const to = ['--cdash-upload-url', url, '--cdash-build', `${name} (Nightly)`];
    const options = [...to, '--cdash-site', 'lab', '--cdash-buildstamp', '20261125-1043-Nightly'];
    const { failed } = await lab.trySpack('-e', place('env'), 'install', '--only=package', ...options, `/${hash}`);
    expect(failed).toBe(name === 'reef');
    if (!failed) await lab.trySpack('-e', place('env'), 'test', 'run', ...options, name);
  }

  async function bySlipway({ name, hash }: SpecNode): Promise<void> {
    const { terminal, stderr } = collectedTerminal();
    const env = {
      ...lab.env,
      SPACK_ROOT: root,
      SLIPWAY_CACHE: place('cache'),
      SLIPWAY_MIRROR: place('mirror'),
      CI_PROJECT_DIR: folder,
      SPACK_CONCRETE_ENV_DIR: 'env',
      SPACK_JOB_SPEC_DAG_HASH: hash,
    };
    const context = { env, cwd: folder, terminal, signal: new AbortController().signal };
    const exitCode = await main(['rebuild', '--tests'], context);
    expect({ name, failed: exitCode !== 0, stderr: stderr() }).toMatchObject({ name, failed: name === 'reef' });
  }

  test.each(['kelp', 'reef'])('has no element or attribute in its reports of %s that ours lack', (name) => {
    const parts = (reports: Reports) => [...reports.keys()].filter((key) => key.startsWith(name)).toSorted();
    expect(parts(ours)).toEqual([...parts(theirs), `${name} Done`].toSorted());
    for (const part of parts(theirs)) {
      const known = new Set(xmlShape(ours.get(part) ?? ''));
      expect(xmlShape(theirs.get(part) ?? '').filter((one) => !known.has(one))).toEqual([]);
    }
  });

  test('and we find the same tests with the same results', () => {
    const results = (reports: Reports) =>
      [...(reports.get('kelp Site/Testing') ?? '').matchAll(/<Test Status="(\w+)">\s*<Name>([^<]*)/g)].map(
        ([, status, name]) => `${name}: ${status}`,
      );
    expect(results(theirs)).toHaveLength(3);
    // CDash counts no test that is `skipped`; CTest sends such a one as not run, and so do we.
    const counted = results(theirs).map((one) => one.replace(/: skipped$/, ': notrun'));
    expect(results(ours).toSorted()).toEqual(counted.toSorted());
  });

  test.skipIf(validate === undefined)('sends what CDash’s schemas refuse, where they accept ours', async () => {
    expect(await validate?.([...ours.values()])).toEqual([]);
    expect([...new Set(await validate?.([...theirs.values()]))].toSorted()).toMatchInlineSnapshot(`
      [
        "Element 'Configure': Missing child element(s). Expected is ( ElapsedMinutes ).",
        "Element 'Error': Missing child element(s). Expected is ( RepeatCount ).",
        "Element 'FullCommandLine': This element is not expected. Expected is ( Path ).",
        "Element 'Update': The attribute 'Generator' is required but missing.",
        "Element 'Update': The attribute 'mode' is required but missing.",
        "Element 'Warning': Missing child element(s). Expected is ( RepeatCount ).",
      ]
    `);
  });
});
