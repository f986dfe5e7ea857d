import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { main } from '../../src/cli/main.ts';
import type { JobReproduction } from '../../src/protocol/index.ts';
import { collectedTerminal } from '../support/collected-terminal.ts';
import { temporaryFolder } from '../support/mirror-package.ts';
import { findPart } from '../support/part.ts';

const podman = findPart('podman');
const IMAGE = 'localhost/slipway-reproduce-test:1';

/** An image of this machine's shell and of little else; it knows that it is one. */
function makeImage(folder: string, env: NodeJS.ProcessEnv): void {
  const root = join(folder, 'root');
  for (const program of ['/bin/sh', '/bin/cat'].map((path) => realpathSync(path))) {
    const libraries = execFileSync('ldd', [program], { encoding: 'utf8' }).match(/\/\S+/g) ?? [];
    for (const file of libraries) copy(file, join(root, file));
    copy(program, join(root, 'bin', basename(program)));
  }
  cpSync(join(root, 'bin', basename(realpathSync('/bin/sh'))), join(root, 'bin/sh'));
  mkdirSync(join(root, 'etc'), { recursive: true });
  writeFileSync(join(root, 'etc/where'), 'in the image\n');
  execFileSync('tar', ['-C', root, '-cf', join(folder, 'root.tar'), '.']);
  execFileSync('podman', ['import', join(folder, 'root.tar'), IMAGE], { env, stdio: 'ignore' });
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to, { dereference: true });
}

/** Podman as it runs inside of containers too; where it does not, there is nothing to test. */
async function workingPodman(): Promise<NodeJS.ProcessEnv | undefined> {
  const folder = await temporaryFolder();
  const settings = `[engine]\nruntime = "runc"\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n[containers]\nnetns = "none"\ndefault_ulimits = ["nofile=1000:1000", "nproc=1000:1000"]\n`;
  writeFileSync(join(folder, 'containers.conf'), settings);
  const env = { ...process.env, CONTAINERS_CONF: join(folder, 'containers.conf') };
  try {
    makeImage(folder, env);
    execFileSync('podman', ['run', '--rm', IMAGE, 'sh', '-c', 'exit 0'], { env, stdio: 'pipe' });
    return env;
  } catch (error) {
    process.stderr.write(`skipped: podman runs nothing here: ${String(error).slice(0, 300)}\n`);
    return undefined;
  }
}

describe.skipIf(podman === undefined)('a job that ran in an image', () => {
  test('runs in it again, with its variables, its entry point and its files, and ends with its exit status', async (context) => {
    const env = await workingPodman();
    if (env === undefined) return context.skip();
    onTestFinished(() => void execFileSync('podman', ['rmi', '--force', IMAGE], { env, stdio: 'ignore' }));
    const folder = join(await temporaryFolder(), 'bundle');
    mkdirSync(join(folder, 'project'), { recursive: true });
    writeFileSync(join(folder, 'project/file'), 'of the project\n');
    const job = { id: '7', pipeline: '1', name: 'check', stage: 'test', kind: 'script', status: 'failed' } as const;
    const reproduction: JobReproduction = {
      version: 1,
      job: { ...job, attempt: 1, allowFailure: false, exitCode: 5 },
      stack: 'lab',
      trust: 'untrusted',
      source: { remote: '/nowhere', ref: 'main', sha: '', tree: '' },
      image: { name: IMAGE, entrypoint: ['/bin/sh', '-c', 'echo by the entry point; exec "$@"', 'sh'] },
      executor: 'docker',
      services: [],
      script: ['cat /etc/where file', 'echo "$WORDS"', 'echo "$CI_PROJECT_DIR" > made', 'exit 5'],
      afterScript: [],
      variables: [{ key: 'WORDS', value: 'it\'s "so"\nand so', raw: true }],
      withheld: [],
      inputs: [],
      hasArtifacts: false,
      timeout: 900,
    };
    writeFileSync(join(folder, 'reproduction.json'), JSON.stringify(reproduction));
    writeFileSync(join(folder, 'log.txt'), '');
    const { terminal, stdout, stderr } = collectedTerminal();
    const { signal } = new AbortController();
    const exitCode = await main(['reproduce', folder], { env, cwd: folder, terminal, signal });
    expect(stderr()).toContain(`It runs in ${IMAGE}, by podman.`);
    expect(stderr()).toContain('fails here as it did on the server: exit status 5');
    expect(stdout()).toContain('by the entry point\n');
    expect(stdout()).toContain('in the image\nof the project\n');
    expect(stdout()).toContain('it\'s "so"\nand so\n');
    expect(exitCode).toBe(5);
    expect(execFileSync('cat', [join(folder, 'project/made')], { encoding: 'utf8' })).toBe(`${folder}/project\n`);

    const elsewhere = { ...reproduction, image: { name: 'localhost:1/no-such-image:1' } };
    writeFileSync(join(folder, 'reproduction.json'), JSON.stringify(elsewhere));
    const second = collectedTerminal();
    expect(await main(['reproduce', folder], { env, cwd: folder, terminal: second.terminal, signal })).toBe(2);
    expect(second.stderr()).toContain('error: The image `localhost:1/no-such-image:1` cannot be used: ');
  });
});
