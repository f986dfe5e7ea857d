import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sha256 } from '../../src/kit/index.ts';
import { v3Layout } from '../../src/mirror/index.ts';
import { layoutKey, manifestKey } from '../../src/spack/index.ts';
import { lock, openLab, type Lab } from '../support/coordinator.ts';
import { gather } from '../support/gather.ts';
import { serveLab, type LabGateway } from '../support/lab-gateway.ts';
import { findPart } from '../support/part.ts';
import { removeFolder } from '../support/remove-folder.ts';
import type { AssignedJob } from '../../src/pipeline/index.ts';

const aws = findPart('aws');
const rclone = findPart('rclone');
/** Larger than the 8 MiB from which both clients upload in parts. */
const LARGE = Buffer.alloc(20 * 2 ** 20, 'slipway ');
const LARGE_BLOB = `blobs/sha256/${sha256(LARGE).slice(0, 2)}/${sha256(LARGE)}`;

async function answer(url: URL, init?: RequestInit): Promise<string> {
  const answer = await fetch(url, init);
  const text = await answer.text();
  return `${answer.status} ${/<Code>(\w+)<\/Code>/.exec(text)?.[1] ?? text}`;
}

interface Client {
  readonly name: string;
  readonly program: string | undefined;
  /** Words for: from a file to a key, from a key to a file, the keys below a prefix, one key away. */
  push(file: string, key: string): readonly string[];
  pull(key: string, file: string): readonly string[];
  list(prefix: string): readonly string[];
  remove(key: string): readonly string[];
  /** A URL that is good for an hour. */
  presign(key: string): readonly string[];
  /** Key of a line of what `list` prints. */
  keyOf(line: string, prefix: string): string;
}

const clients: readonly Client[] = [
  {
    name: 'the AWS CLI',
    program: aws,
    push: (file, key) => ['s3', 'cp', '--no-progress', file, `s3://lab/${key}`],
    pull: (key, file) => ['s3', 'cp', '--no-progress', `s3://lab/${key}`, file],
    list: (prefix) => ['s3', 'ls', '--recursive', `s3://lab/${prefix}`],
    remove: (key) => ['s3', 'rm', `s3://lab/${key}`],
    presign: (key) => ['s3', 'presign', '--expires-in', '3600', `s3://lab/${key}`],
    keyOf: (line) => line.trim().split(/\s+/).at(-1) ?? '',
  },
  {
    name: 'rclone',
    program: rclone,
    push: (file, key) => ['copyto', file, `lab:lab/${key}`],
    pull: (key, file) => ['copyto', `lab:lab/${key}`, file],
    list: (prefix) => ['lsf', '--recursive', '--files-only', `lab:lab/${prefix}`],
    remove: (key) => ['deletefile', `lab:lab/${key}`],
    presign: (key) => ['link', '--expire', '1h', `lab:lab/${key}`],
    keyOf: (line, prefix) => prefix + line.trim(),
  },
];

describe.each(clients)('$name at the gateway', (client) => {
  describe.skipIf(client.program === undefined)('with the credentials of a job', () => {
    let folder: string;
    let lab: Lab;
    let gateway: LabGateway;
    let job: AssignedJob;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'slipway-clients-'));
    });
    afterAll(() => removeFolder(folder));

    /** The job that builds `tide`. */
    async function start(kind: 'branch' | 'request'): Promise<void> {
      lab = await openLab();
      gateway = await serveLab(lab);
      const { sha, event } = lab.push(kind === 'branch' ? 'main' : 'fix');
      await lab.happens(kind === 'branch' ? event : lab.forge.request('7', sha));
      await lab.work((await lab.take())!);
      job = (await lab.take())!;
    }

    async function run(
      words: readonly string[],
      more: Readonly<Record<string, string>> = {},
    ): Promise<{ failed: boolean; stdout: string; output: string }> {
      const variables = { ...gateway.variables(job), ...more };
      const remote = {
        RCLONE_CONFIG: '/dev/null',
        RCLONE_CONFIG_LAB_TYPE: 's3',
        RCLONE_CONFIG_LAB_PROVIDER: 'Other',
        RCLONE_CONFIG_LAB_ENV_AUTH: 'true',
        RCLONE_CONFIG_LAB_ENDPOINT: variables.S3_ENDPOINT_URL as string,
        RCLONE_CONFIG_LAB_NO_CHECK_BUCKET: 'true',
        // A manifest is another object when it has been signed; rclone would take that for damage.
        RCLONE_CONFIG_LAB_NO_HEAD: 'true',
        RCLONE_IGNORE_CHECKSUM: 'true',
        RCLONE_LOW_LEVEL_RETRIES: '1',
        RCLONE_RETRIES: '1',
      };
      const env = { PATH: process.env.PATH, HOME: folder, ...variables, ...remote };
      const options = { env, extendEnv: false, all: true, reject: false } as const;
      const { failed, stdout, all } = await execa(client.program as string, words, options);
      return { failed, stdout, output: all };
    }

    async function done(words: readonly string[]): Promise<string> {
      const { failed, stdout, output } = await run(words);
      if (failed) throw new Error(`${client.name} ${words.join(' ')}:\n${output}`);
      return stdout;
    }

    test('pushes a package of a protected pipeline, which is signed, and pulls it again', async () => {
      await start('branch');
      const parts = await lab.packed(lock.tide);
      await mkdir(join(folder, 'out'), { recursive: true });
      for (const [key, bytes] of parts) {
        await writeFile(join(folder, 'file'), bytes);
        await done(client.push(join(folder, 'file'), key));
      }
      const trust = { verifier: lab.context.verifier, requireSignature: true };
      expect(await v3Layout(lab.stack.mirror.root('')).read(lock.tide, trust)).toMatchObject({ id: { name: 'tide' } });
      for (const key of parts.keys()) {
        const file = join(folder, 'out', sha256(`${client.name}${key}`));
        await done(client.pull(key, file));
        const stored = await lab.stack.mirror.whole.get(key);
        expect((await readFile(file)).equals(stored!), key).toBe(true);
      }
      const signed = await readFile(join(folder, 'out', sha256(`${client.name}${manifestKey(lock.tide)}`)), 'utf8');
      expect(signed).toContain('-----BEGIN PGP SIGNED MESSAGE-----');
      await gateway.close();
    });

    test('pushes in parts, pulls, lists and gets a success for what it deletes, below a pull request’s prefix', async () => {
      await start('request');
      const key = `pr/7/${LARGE_BLOB}`;
      await writeFile(join(folder, 'large'), LARGE);
      await done(client.push(join(folder, 'large'), key));
      await done(client.pull(key, join(folder, 'large-again')));
      expect((await readFile(join(folder, 'large-again'))).equals(LARGE)).toBe(true);
      const keys = (await done(client.list('pr/7/'))).trim().split('\n');
      expect(keys.map((line) => client.keyOf(line, 'pr/7/'))).toEqual([key, 'pr/7/v3/layout.json']);
      await done(client.remove(key));
      expect(await lab.stack.mirror.whole.head(key)).toMatchObject({ size: LARGE.length });
      await gateway.close();
    });

    test('is refused what its job may not write or read, and says so', async () => {
      await start('request');
      await writeFile(join(folder, 'file'), 'evil');
      const refusals = [
        client.push(join(folder, 'file'), 'v3/layout.json'),
        client.push(join(folder, 'file'), `pr/8/blobs/sha256/${sha256('evil').slice(0, 2)}/${sha256('evil')}`),
        client.pull('pr/8/v3/layout.json', join(folder, 'stolen')),
        client.list('pr/8/'),
      ];
      const before = await gather(lab.stack.mirror.whole.list(''));
      for (const words of refusals) {
        const { failed, output } = await run(words);
        expect([failed, output], words.join(' ')).toEqual([true, expect.stringMatching(/AccessDenied|403|Forbidden/)]);
      }
      expect(await gather(lab.stack.mirror.whole.list(''))).toEqual(before);
      await gateway.close();
    });

    test('presigns URLs that read, and that cannot be changed', async () => {
      await start('request');
      const words = client.presign(layoutKey);
      // Left alone, the AWS CLI presigns in the old way.
      if (client.name === 'the AWS CLI') expect(await answer(new URL(await done(words)))).toBe('400 InvalidRequest');
      await writeFile(join(folder, 'config'), '[default]\ns3 =\n  signature_version = s3v4\n');
      const url = new URL((await run(words, { AWS_CONFIG_FILE: join(folder, 'config') })).stdout);
      expect(await answer(url)).toBe('200 {"signing": "gpg"}');
      const changes: readonly ((changed: URL) => unknown)[] = [
        ({ searchParams }) => searchParams.set('X-Amz-Expires', '36000'),
        ({ searchParams }) => searchParams.set('X-Amz-Date', `${searchParams.get('X-Amz-Date')?.slice(0, -7)}000000Z`),
        (changed) => (changed.pathname = changed.pathname.replace('layout', 'other')),
      ];
      for (const change of changes) {
        const changed = new URL(url);
        change(changed);
        expect(await answer(changed), changed.href).toMatch(/^403 (SignatureDoesNotMatch|AccessDenied)$/);
      }
      expect(await answer(url, { method: 'DELETE' })).toBe('403 SignatureDoesNotMatch');
      await lab.finish(job, { state: 'failed' });
      expect(await answer(url)).toBe('403 InvalidAccessKeyId');
      await gateway.close();
    });

    test('learns which it is: a wrong secret, an unknown key, or one whose job has ended', async () => {
      await start('request');
      const pull = client.pull(layoutKey, join(folder, 'never'));
      const secret = await run(pull, { AWS_SECRET_ACCESS_KEY: 'guess' });
      const unknown = await run(pull, { AWS_ACCESS_KEY_ID: 'AKIAUNKNOWN' });
      await lab.finish(job, { state: 'failed' });
      const ended = await run(pull);
      for (const { failed, output } of [secret, unknown, ended])
        expect([failed, output]).toEqual([
          true,
          expect.stringMatching(/Forbidden|SignatureDoesNotMatch|InvalidAccessKey/),
        ]);
      await expect(readFile(join(folder, 'never'))).rejects.toMatchObject({ code: 'ENOENT' });
      await gateway.close();
    });
  });
});
