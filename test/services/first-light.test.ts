import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { namespacesAvailable } from '../../src/builder/index.ts';
import type { DemoReport } from '../../src/demo/demo-report.ts';
import { packageRoot, programEntry } from '../../src/kit/package-root.ts';
import { dataFolder } from '../../src/coordinator/index.ts';
import { folderStore, listEntries } from '../../src/mirror/index.ts';
import { startDockerRegistry, type DockerRegistry } from '../support/docker-registry.ts';
import { gather } from '../support/gather.ts';
import { findPart } from '../support/part.ts';
import { removeFolder } from '../support/remove-folder.ts';
import { reportOf, runDemo } from '../support/run-demo.ts';
import { asStarted } from '../support/server-process.ts';

const run = promisify(execFile);
const gpg = findPart('gpg');
const skopeo = findPart('skopeo');
const umoci = findPart('umoci');
const dockerRegistry = findPart('docker-registry');
const canPlay = findPart('cc') !== undefined && findPart('make') !== undefined && (await namespacesAvailable());
if (!canPlay) process.stderr.write('skipped: the demo needs cc, make and user namespaces\n');

const STACK = 'first-light';

describe.skipIf(!canPlay)('what the demo leaves behind', () => {
  let folder: string;
  let report: DemoReport;
  /** The public key that the server's secret one belongs to, in a file. */
  let keys: string;
  const data = () => dataFolder(join(folder, 'demo/data'));
  const mirror = () => data().mirror(STACK);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-after-demo-'));
    report = reportOf(
      await runDemo({ checkout: packageRoot(), temporary: folder, options: ['--folder', join(folder, 'demo')] }),
    );
    keys = join(folder, 'keys.asc');
    await writeFile(keys, await slipway('key', 'export', '--data', data().root));
  });
  afterAll(() => removeFolder(folder));

  async function slipway(...words: string[]): Promise<string> {
    return (await run(process.execPath, [programEntry(), ...words], { cwd: folder })).stdout;
  }

  /** The protected mirror, and the view of each lock, which is a mirror too. */
  async function mirrors(): Promise<readonly string[]> {
    const views = await readdir(join(mirror(), 'locks'));
    return [mirror(), ...views.map((digest) => join(mirror(), 'locks', digest))];
  }

  async function manifestsOf(root: string): Promise<readonly string[]> {
    return (await gather(listEntries(folderStore(root)))).map(({ key }) => join(root, key));
  }

  test('has a view for each of the two locks, and offers the key that signed', async () => {
    const packages = await readdir(join(packageRoot(), 'examples', STACK, 'recipes'));
    const counts = await Promise.all((await mirrors()).map(async (root) => (await manifestsOf(root)).length));
    expect(counts).toEqual([report.mirror.specs, packages.length, packages.length]);
    for (const root of await mirrors())
      expect(await slipway('mirror', 'keys', root)).toBe(await readFile(keys, 'utf8'));
  });

  test('is a mirror that `slipway mirror verify` finds no fault with', async () => {
    for (const root of await mirrors()) {
      const { ok, findings } = JSON.parse(
        await slipway('mirror', 'verify', root, '--keys', keys, '--json'),
      ) as Verified;
      expect({ root, ok }).toEqual({ root, ok: true });
      expect(findings.filter(({ kind }) => kind === 'ok')).toHaveLength((await manifestsOf(root)).length);
    }
  });

  describe.skipIf(gpg === undefined)('for gpg', () => {
    let home: string;
    const verify = (file: string) =>
      run(gpg as string, ['--homedir', home, '--batch', '--status-fd', '1', '--verify', file]);

    beforeAll(async () => {
      home = join(folder, 'gnupg');
      await mkdir(home, { mode: 0o700 });
      await run(gpg as string, ['--homedir', home, '--batch', '--import', keys]);
    });
    afterAll(async () => void (await run('gpgconf', ['--homedir', home, '--kill', 'all']).catch(() => undefined)));

    test('every manifest is signed with the exported key', async () => {
      const { fingerprint } = JSON.parse(await slipway('key', 'export', '--data', data().root, '--json')) as {
        fingerprint: string;
      };
      for (const file of (await Promise.all((await mirrors()).map(manifestsOf))).flat()) {
        expect((await verify(file)).stdout, file).toContain(`VALIDSIG ${fingerprint}`);
      }
    });

    test('a manifest with one digit changed is refused', async () => {
      const [manifest = ''] = await manifestsOf(mirror());
      const text = await readFile(manifest, 'utf8');
      const forged = join(folder, 'forged.json');
      await writeFile(
        forged,
        text.replace(/("contentLength": *\d*)\d/, (_, head: string) => `${head}${text.includes(`${head}7`) ? 8 : 7}`),
      );
      await expect(verify(forged)).rejects.toMatchObject({ stdout: expect.stringContaining('BADSIG') });
    });
  });

  describe('its image', () => {
    const layoutImage = () => `${data().images}:${STACK}:1`;

    test.skipIf(umoci === undefined)('is unpacked by umoci, and runs there as it did in the demo', async () => {
      const bundle = join(folder, 'bundle');
      await run(umoci as string, ['unpack', '--rootless', '--image', layoutImage(), bundle]);
      const config = JSON.parse(await readFile(join(bundle, 'config.json'), 'utf8')) as {
        process: { args: string[]; env: string[] };
      };
      const { args, env } = config.process;
      const inside = ['--user', '--map-root-user', 'chroot', join(bundle, 'rootfs'), ...args];
      const variables = Object.fromEntries(
        env.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
      );
      const path = `${variables.PATH}:${process.env.PATH}`;
      expect((await run('unshare', inside, { env: { ...variables, PATH: path } })).stdout.trimEnd()).toBe(
        report.ran.trimEnd(),
      );
    });

    test('has the same digest when it is made again, from the mirror and from the view of its lock', async () => {
      const stack = join(folder, 'stack');
      const remote = join(folder, 'demo/git/remote.git');
      await run('git', ['clone', '--quiet', '--branch', 'rev-1', remote, stack]);
      const commit = (await run('git', ['-C', stack, 'rev-parse', 'HEAD'])).stdout.trim();
      const digests = await readdir(join(mirror(), 'locks'));
      const made: string[] = [];
      for (const digest of digests) {
        for (const root of [mirror(), join(mirror(), 'locks', digest)]) {
          const output = `oci:${join(folder, `made-${made.length}`)}:${STACK}:1`;
          const given = [
            '--lock',
            data().lock(digest),
            '--mirror',
            root,
            '--keys',
            keys,
            '--env',
            stack,
            '--commit',
            commit,
          ];
          made.push((await slipway('image', 'build', ...given, '--output', output)).trim());
        }
      }
      const [first, again, other, otherAgain] = made;
      expect([again, otherAgain]).toEqual([first, other]);
      // One of the two locks is that of the first image; the other one gives another image.
      expect([first, other].filter((digest) => digest === report.image.digest)).toHaveLength(1);
    });
  });

  describe('the server, started again on it', () => {
    let server: ChildProcess;
    let host: string;
    const served = () => `docker://${host}/${STACK}:1`;
    const plain = ['--src-tls-verify=false', '--dest-tls-verify=false'];

    async function inspect(
      image: string,
    ): Promise<{ readonly Digest: string; readonly Labels: Record<string, string>; readonly Layers: string[] }> {
      return JSON.parse((await run(skopeo as string, ['inspect', '--tls-verify=false', image])).stdout);
    }

    beforeAll(async () => {
      const stacks = [{ name: STACK, remote: join(folder, 'demo/git/remote.git'), poll: 0 }];
      const config = join(folder, 'slipway.server.yaml');
      await writeFile(config, JSON.stringify({ data: data().root, listen: '127.0.0.1:0', stacks }));
      const words = [programEntry(), 'serve', '--config', config, '--log-level', 'error'];
      server = spawn(process.execPath, words, {
        cwd: folder,
        stdio: ['ignore', 'pipe', 'inherit'],
        env: { ...asStarted, PATH: process.env.PATH },
      });
      for await (const line of createInterface({ input: server.stdout as NodeJS.ReadableStream })) {
        host = /^listening on http:\/\/(\S+)$/.exec(line)?.[1] ?? '';
        if (host !== '') return;
      }
      throw new Error('the server ended before it listened');
    });
    afterAll(async () => {
      const exited = once(server, 'exit');
      server.kill();
      await exited;
    });

    test.skipIf(skopeo === undefined)('serves skopeo the image that the demo published', async () => {
      const { Digest: digest, Layers: layers, Labels: labels } = await inspect(served());
      expect({ digest, layers: layers.length }).toEqual({ digest: report.image.digest, layers: report.image.layers });
      const { stdout: commit } = await run('git', ['-C', join(folder, 'demo/git/remote.git'), 'rev-parse', 'rev-1']);
      expect(labels['org.opencontainers.image.revision']).toBe(commit.trim());
      expect(await readdir(join(data().root, 'locks'))).toContain(
        `${labels['io.slipway.lock']?.replace('sha256:', '')}.json`,
      );
    });

    describe.skipIf(dockerRegistry === undefined)('beside a real registry', () => {
      let registry: DockerRegistry;
      beforeAll(async () => {
        registry = await startDockerRegistry(dockerRegistry as string, join(folder, 'docker-registry'));
      });
      afterAll(() => registry.stop());

      test.skipIf(skopeo === undefined)(
        'gives an image that has the same digest there, pushed once or twice',
        async () => {
          const copied = `docker://${registry.host}/copied:1`;
          for (const time of ['first', 'second']) {
            await run(skopeo as string, ['copy', '--quiet', ...plain, served(), copied]);
            expect({ time, digest: (await inspect(copied)).Digest }).toEqual({ time, digest: report.image.digest });
          }
        },
      );

      test('gives an image that `slipway image publish` brings there whole, and then not again', async () => {
        const publish = async () =>
          JSON.parse(await slipway('image', 'publish', `${host}/${STACK}:1`, `${registry.host}/published:1`, '--json'));
        const { digest, layers } = report.image;
        expect(await publish()).toMatchObject({ digest, layers, layersUploaded: layers });
        expect(await publish()).toMatchObject({ digest, layers, layersUploaded: 0, bytesUploaded: 0 });
      });
    });
  });
});

interface Verified {
  readonly ok: boolean;
  readonly findings: readonly { readonly kind: string }[];
}
