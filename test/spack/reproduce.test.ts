import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { cdashStandIn, type CdashStandIn } from '../support/cdash.ts';
import { collectedTerminal } from '../support/collected-terminal.ts';
import { serveStack, type ServedStack } from '../support/served-stack.ts';
import { findSpacks, readyToBuild, spackLab, warmCache, type SpackLab } from '../support/spack-lab.ts';
import { sourcesFolder } from '../support/spack-sources.ts';

const spacks = (await findSpacks()).filter(readyToBuild);
if (spacks.length === 0) test.skip('needs a Spack', () => undefined);

/** A package that needs another, warns, and does not compile. */
const reef = `from spack.package import *

try:
    from spack_repo.builtin.build_systems.generic import Package
except ImportError:
    pass


class Reef(Package):
    """It has never been built."""

    homepage = "https://example.org"
    has_code = False
    version("1.0")
    depends_on("c", type="build")
    depends_on("tide")

    phases = ["configure", "build", "install"]

    def configure(self, spec, prefix):
        print("checking for water... yes")

    def build(self, spec, prefix):
        with open("reef.c", "w") as f:
            f.write('#include "tide.h"\\nint main(void) { int unused; return coral; }\\n')
        Executable(env["CC"])("-Wall", "-I" + spec["tide"].prefix.include, "-c", "reef.c")

    def install(self, spec, prefix):
        mkdirp(prefix.bin)
`;

function environment(url: string): Readonly<Record<string, string>> {
  const spack = {
    specs: ['reef'],
    view: false,
    concretizer: { unify: true, reuse: false },
    packages: { all: { require: 'target=x86_64' } },
    cdash: { 'build-group': 'Nightly', url, project: 'Sea', site: 'lab' },
    // The embedded runner runs no images; Spack's command wants one.
    ci: { 'pipeline-gen': [{ 'build-job': { image: 'registry.example.org/builder:1' } }] },
  };
  return { 'spack.yaml': JSON.stringify({ spack }) };
}

describe.each(spacks)('a package that Spack $version cannot build', ({ root }) => {
  let folder: string;
  let lab: SpackLab;
  let served: ServedStack;
  let cdash: CdashStandIn;
  let listener: Awaited<ReturnType<CdashStandIn['listen']>>;
  let log: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'slipway-reproduce-'));
    lab = await spackLab({ root, folder: join(folder, 'lab'), store: join(folder, 'store') });
    await warmCache(lab, join(folder, 'cache/spack'));
    // From 1.0 on the wrapper of compilers is a package, with a source.
    const sources = sourcesFolder();
    const mirrors = sources === undefined ? {} : { sources: { url: `file://${sources}`, source: true, binary: false } };
    await lab.configure('mirrors.yaml', JSON.stringify({ mirrors }));
    mkdirSync(join(folder, 'lab/recipes/packages/reef'));
    writeFileSync(join(folder, 'lab/recipes/packages/reef/package.py'), reef);
    cdash = cdashStandIn({ project: 'Sea' });
    listener = await cdash.listen();
    const variables = {
      SPACK_ROOT: root,
      SPACK_USER_CONFIG_PATH: join(folder, 'lab/scope'),
      SPACK_SYSTEM_CONFIG_PATH: join(folder, 'lab/none'),
      SPACK_USER_CACHE_PATH: join(folder, 'lab/cache'),
      SLIPWAY_CACHE: join(folder, 'cache'),
    };
    // The lab's configuration names folders that Spack writes to, which a sandbox would only show.
    const runners = [{ name: 'embedded', embedded: true, sandbox: 'never' as const }];
    served = await serveStack({ stack: { variables }, server: { runners } });
    const sha = await served.push('main', environment(listener.url));
    await served.finalStatus(sha);
    const jobs = [...(await served.jobs(sha))];
    const [, job] = jobs.find(([name]) => name.startsWith('reef@')) ?? [];
    log = job?.log || jobs.map(([name, { status, log: said }]) => `${name}: ${status}\n${said}`).join('\n');
  });
  afterAll(async () => {
    await served.close();
    await listener.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('is on CDash with its phases, and the error with its place; what it needs is there, too', () => {
    expect(log).toMatch(/error: .*coral/);
    const parts = (name: string) => cdash.uploads.filter(({ build }) => build.startsWith(`${name}@`));
    expect(parts('tide').map(({ part }) => part)).toEqual(['Update', 'Site/Build', 'Done']);
    expect(parts('reef').map(({ part }) => part)).toEqual(['Update', 'Site/Configure', 'Site/Build', 'Done']);
    const [, configure, build] = parts('reef').map(({ xml }) => xml);
    expect(configure).toContain('checking for water... yes');
    expect(configure).toContain('<ConfigureStatus>0</ConfigureStatus>');
    expect(build).toMatch(/<Error>[^]*?<Text>[^<]*reef\.c:2:\d+: error: [^<]*coral/);
    expect(build).toMatch(/<Warning>[^]*?<Text>[^<]*unused variable/);
  });

  test('fails here as it failed there', async () => {
    const collected = collectedTerminal();
    const { signal } = new AbortController();
    const env = { PATH: process.env['PATH'], SLIPWAY_URL: served.server.url };
    const context = { env, cwd: folder, terminal: collected.terminal, signal };
    const reported = cdash.requests.length;
    const exitCode = await main(['reproduce', 'reef', '--json', '--sandbox', 'never'], context);
    expect(cdash.requests.slice(reported)).toEqual([]);
    expect(collected.stderr()).toContain(
      'It ran in a shell (executor `embedded`), not in registry.example.org/builder:1',
    );
    expect(collected.stderr()).toContain('fails here as it did on the server');
    expect(exitCode).toBe(1);
    const { outcome, here, there } = JSON.parse(collected.stdout()) as Record<string, { failure?: string }>;
    expect(outcome).toBe('reproduced');
    // Class, phase and the first line that reports the error.
    expect(here?.failure).toMatch(/failed in phase `build` \[compile\]: .*reef\.c:2:\d+: error: .*coral/);
    expect(here?.failure).toBe(there?.failure);
  });

  test('is what Spack’s own command reproduces from our server', async () => {
    const { pipelines } = served.server.coordinator.context;
    const runs = pipelines.list({}).flatMap(({ id }) => [id, ...pipelines.children(id).map((child) => child.id)]);
    const job = runs.flatMap((id) => pipelines.runs(id)).find(({ name }) => name.startsWith('reef@'));
    const work = join(folder, 'theirs');
    const url = `${served.server.url}/api/v4/projects/1/jobs/${job?.id}/artifacts`;
    const { output } = await lab.trySpack('ci', 'reproduce-build', '--working-dir', work, url);
    expect(output).not.toMatch(/Traceback|KeyError/);
    expect(readdirSync(work, { recursive: true }).map(String)).toEqual(
      expect.arrayContaining([expect.stringMatching(/repro\.json$/), expect.stringMatching(/install\.sh$/)]),
    );
    expect(output).toContain('Job ran with the following image: registry.example.org/builder:1');
    expect(output).toContain('To run the docker reproducer');
    const lock =
      readdirSync(work, { recursive: true })
        .map(String)
        .find((path) => path.endsWith('spack.lock')) ?? '';
    expect(readFileSync(join(work, lock), 'utf8')).toContain('"reef"');
  });
});
