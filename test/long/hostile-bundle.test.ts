import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { sandboxAvailable } from '../../src/executor/index.ts';
import { programEntry } from '../../src/kit/package-root.ts';
import type { JobReproduction } from '../../src/protocol/index.ts';
import { loopbackService, stranger } from '../support/attack-targets.ts';
import { collectedTerminal } from '../support/collected-terminal.ts';
import { faultOf, forbiddingWays } from '../support/without-namespaces.ts';

const canRun = await sandboxAvailable();
if (!canRun) process.stderr.write('skipped: no sandbox works on this machine\n');
const limitFault = faultOf('limit');
if (limitFault !== undefined)
  process.stderr.write(`skipped: user namespaces cannot be forbidden here: ${limitFault}\n`);

let folder: string;
let home: string;
let bundle: string;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'slipway-hostile-bundle-')));
  [home, bundle] = [join(folder, 'ada'), join(folder, 'bundle')];
  for (const path of [join(home, '.ssh'), join(bundle, 'project')]) mkdirSync(path, { recursive: true });
  writeFileSync(join(home, '.ssh/id_ed25519'), 'planted secret\n');
  writeFileSync(join(bundle, 'log.txt'), '');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function writeJob(script: readonly string[], more: Partial<JobReproduction> = {}): void {
  const job = { id: '7', pipeline: '1', name: 'check', stage: 'test', kind: 'script', status: 'failed' } as const;
  const reproduction: JobReproduction = {
    version: 1,
    job: { ...job, attempt: 1, allowFailure: false, exitCode: 5 },
    stack: 'lab',
    // As a hostile bundle would claim.
    trust: 'protected',
    source: { remote: '/nowhere', ref: 'main', sha: '', tree: '' },
    services: [],
    script: [...script],
    afterScript: [],
    variables: [],
    withheld: [],
    inputs: [],
    hasArtifacts: false,
    timeout: 900,
    ...more,
  };
  writeFileSync(join(bundle, 'reproduction.json'), JSON.stringify(reproduction));
}

async function reproduce(...words: readonly string[]) {
  const { terminal, stdout, stderr } = collectedTerminal();
  const { signal } = new AbortController();
  const env = { PATH: process.env['PATH'], HOME: home, TMPDIR: folder };
  const exitCode = await main(['reproduce', 'bundle', ...words], { env, cwd: folder, terminal, signal });
  return { exitCode, stdout: stdout(), stderr: stderr() };
}

const connecting = (port: number) =>
  `${process.execPath} -e 'require("net").connect(${port}, "127.0.0.1").on("error", () => {}).pipe(process.stdout)'`;

describe.skipIf(!canRun)('the job of a hostile bundle', () => {
  // Each succeeds without a sandbox.
  test.each([
    ['reads keys of the user', async () => `cat ${home}/.ssh/id_ed25519`, 'planted secret'],
    ['changes what the user’s shells run', async () => `echo false > ${home}/.bashrc && cat ${home}/.bashrc`, 'false'],
    ['connects to a service of the machine', async () => connecting(await loopbackService()), 'connected'],
    [
      'reads the environment of another process',
      async () => `tr '\\0' '\\n' < /proc/${stranger()}/environ`,
      'PLANTED=planted secret',
    ],
  ])('never %s', async (_, attempt, stolen) => {
    writeJob([`{ ${await attempt()}; } 2>/dev/null || true`, 'exit 5']);
    const inside = await reproduce();
    expect(inside.stderr).toContain('fails here as it did on the server: exit status 5');
    const printed = ({ stdout }: typeof inside) => stdout.split('\n');
    expect(printed(inside)).not.toContain(stolen);
    const outside = await reproduce('--sandbox', 'never');
    expect(printed(outside)).toContain(stolen);
    expect(outside.stderr).toContain('It runs without a sandbox');
  });

  test('has its own folder, the host’s programs, and a line for each host that it may not reach', async () => {
    const ask = `node:http').request({ ...address, method: 'CONNECT', path: 'elsewhere.example:443' }).end()`;
    const address = `const { hostname: host, port } = new URL(process.env.https_proxy); const address = { host, port }`;
    writeFileSync(join(bundle, 'project/ask.cjs'), `${address};\nrequire('${ask}`);
    writeJob(['echo made > file && git --version', `${process.execPath} ask.cjs`, 'exit 5']);
    const { stdout, stderr } = await reproduce();
    expect(stdout).toMatch(/^git version/m);
    expect(stdout).toMatch(/WARNING: .*`elsewhere\.example:443`.*`--allow-host`/);
    expect(stderr).toContain('fails here as it did on the server: exit status 5');
    expect(readFileSync(join(bundle, 'project/file'), 'utf8')).toBe('made\n');
  });
});

test('the job of an outsider is refused with `--sandbox never`', async () => {
  writeJob(['exit 5'], { trust: 'untrusted', request: '7' });
  expect(await reproduce('--sandbox', 'never')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('[REPRODUCE_JOB_UNTRUSTED]') as string,
  });
});

describe('a bundle is refused', () => {
  test.each(['project', 'mirror', 'log-here.txt', 'bin', 'files'])('whose `%s` is a link', async (name) => {
    writeJob(['exit 5']);
    rmSync(join(bundle, name), { recursive: true, force: true });
    symlinkSync(home, join(bundle, name));
    expect(await reproduce()).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining(`\`${name}\` is a symbolic link`) as string,
    });
  });

  test.each(['the folder', 'a link in the project'])('whose environment is elsewhere, by %s', async (how) => {
    symlinkSync(home, join(bundle, 'project/linked'));
    writeFileSync(join(home, 'spack.yaml'), 'spack: { mirrors: { own: { url: s3://own } } }\n');
    const value = how === 'the folder' ? home : 'linked';
    writeJob(['exit 5'], { variables: [{ key: 'SPACK_CONCRETE_ENV_DIR', value }] });
    const { exitCode, stderr } = await reproduce('--sandbox', 'never');
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('leads out of') as string,
    });
    expect(readFileSync(join(home, 'spack.yaml'), 'utf8')).toContain('s3://own');
  });

  test('whose image is an option of a container runtime', async () => {
    writeJob(['exit 5'], { image: { name: '--privileged', entrypoint: ['sh', 'debian'] }, executor: 'docker' });
    expect((await reproduce()).stderr).toContain('`--privileged` is not an image');
  });
});

describe.skipIf(limitFault !== undefined)('where user namespaces are forbidden, a bundle', () => {
  function forbidden(...words: readonly string[]) {
    const command: readonly string[] = [...forbiddingWays.limit, process.execPath, programEntry(), 'reproduce', bundle];
    const env = { PATH: process.env['PATH'], HOME: home, TMPDIR: folder };
    return spawnSync(command[0] ?? '', [...command.slice(1), ...words], { cwd: folder, env, encoding: 'utf8' });
  }

  test('is not run, and the error has the fix', () => {
    writeJob(['echo ran', 'exit 5']);
    const { status, stdout, stderr } = forbidden();
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain('[REPRODUCE_SANDBOX_MISSING]');
    expect(stderr).toMatch(/hint: .*sysctl -w user\.max_user_namespaces=.*`--sandbox never`/);
  });

  test('runs with `--sandbox never`', () => {
    writeJob(['echo ran', 'exit 5']);
    const { status, stdout } = forbidden('--sandbox', 'never');
    expect({ status, stdout }).toEqual({ status: 5, stdout: expect.stringContaining('\nran\n') as string });
  });
});
