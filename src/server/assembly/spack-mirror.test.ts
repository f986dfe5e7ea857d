import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { gitRemote, type GitRemote } from '../../../test/support/git-remote.ts';
import { silentLogger } from '../../../test/support/silent-logger.ts';
import { dataFolder, settingsOf, type ServerConfiguration } from '../../coordinator/index.ts';
import { SlipwayError, systemClock } from '../../kit/index.ts';
import { Database, createForgeLedger } from '../../store/index.ts';
import { openForge } from './open-forge.ts';
import { mirrorChangeOf, withSpackMirrors } from './spack-mirror.ts';

let remote: GitRemote;
let knownRefs: ReadonlyMap<string, string>;
let keptNotary: { url: string; token: string } | undefined;
beforeEach(async () => {
  knownRefs = new Map();
  keptNotary = undefined;
  remote = await gitRemote();
});
afterEach(() => remote.dispose());

type StackInput = Partial<Parameters<typeof settingsOf>[0]['stacks'] & object>[number];

const names = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'S3_ENDPOIT_URL'];
const secrets = names.map((name) => ({ name, from: { env: name } }));

const push = (files: Readonly<Record<string, string>>) => remote.commit('refs/heads/main', files);

async function mapped(
  mirrors: object | undefined,
  stack: Partial<StackInput> = {},
): Promise<Pick<ServerConfiguration, 'mirrors' | 'stacks'>> {
  if (mirrors !== undefined) await push({ 'spack.yaml': JSON.stringify({ spack: { specs: [], mirrors } }) });
  const env = { PATH: process.env.PATH, S3_ENDPOIT_URL: 'minio.lab:9000' };
  const stacks = [{ name: 'lab', remote: remote.path, secrets, ...stack }];
  const settings = settingsOf({ data: join(remote.folder, 'data'), stacks }, env);
  const ledger = { ...createForgeLedger(new Database(':memory:')), knownRefs: () => knownRefs };
  const folder = dataFolder(settings.configuration.data);
  const parts = { settings, env, log: silentLogger, clock: systemClock, ledger, folder, keptNotary };
  return (await withSpackMirrors(parts)).configuration;
}

async function refusal(mirrors: object | undefined, stack: Partial<StackInput> = {}): Promise<string> {
  const error: unknown = await mapped(mirrors, stack).then(
    () => undefined,
    (fault: unknown) => fault,
  );
  return error instanceof SlipwayError ? `${error.message} ${error.hint}` : String(error);
}

describe('a stack with the S3 variables of GitLab’s jobs', () => {
  test.each([
    [{ cloud: 's3://builds/mirror' }],
    [{ other: 's3://elsewhere/x', 'buildcache-destination': { url: 's3://builds/mirror' } }],
    [{ cloud: { fetch: 'https://builds.example/mirror', push: 's3://builds/mirror' } }],
    [{ sources: { url: 's3://sources', binary: false }, cloud: 's3://builds/mirror' }],
  ])('has the mirror that its spack.yaml names with %j, and its jobs do not get the keys', async (mirrors) => {
    const variables = { AWS_REGION: 'eu-1', SITE: 'lab' };
    const { stacks, mirrors: known } = await mapped(mirrors, { variables });
    expect(known).toEqual([
      {
        name: 'spack.yaml of lab',
        url: 's3://builds/mirror',
        perStack: false,
        region: 'eu-1',
        endpoint: 'https://minio.lab:9000',
        credentials: { id: { env: 'AWS_ACCESS_KEY_ID' }, secret: { env: 'AWS_SECRET_ACCESS_KEY' } },
      },
    ]);
    expect(stacks[0]).toMatchObject({ mirror: 'spack.yaml of lab', secrets: [], variables });
  });

  test('may name it in an included file, in a folder of the environment', async () => {
    await push({
      'env/spack.yaml': 'spack: { specs: [], include: [site] }\n',
      'env/site/mirrors.yaml': 'mirrors: { cloud: "s3://builds/mirror" }\n',
    });
    const { mirrors } = await mapped(undefined, { environment: 'env' });
    expect(mirrors).toMatchObject([{ url: 's3://builds/mirror' }]);
  });

  test('and a mirror of the configuration keeps the latter', async () => {
    const { stacks, mirrors } = await mapped({ cloud: 's3://builds/mirror' }, { secrets: [] });
    expect([stacks[0]?.mirror, mirrors]).toEqual([undefined, []]);
  });

  test('knows of a commit whether its spack.yaml names another mirror', async () => {
    const configuration = await mapped({ cloud: 's3://builds/mirror' });
    const settings = settingsOf({ data: join(remote.folder, 'data') }, {});
    const [stack] = configuration.stacks;
    const folder = dataFolder(remote.folder);
    const parts = { settings, env: { PATH: process.env.PATH }, log: silentLogger, clock: systemClock, folder };
    const forge = await openForge(stack!, { ...parts, ledger: createForgeLedger(new Database(':memory:')) });
    await forge.poll(new Map());
    const changeAt = mirrorChangeOf(stack!, forge, {
      ...settings,
      configuration: { ...settings.configuration, ...configuration },
    });
    const named = async (mirrors: object) => {
      const sha = await push({ 'spack.yaml': JSON.stringify({ spack: { specs: [], mirrors } }) });
      await forge.poll(new Map());
      return changeAt?.(sha);
    };
    expect(await named({ cloud: 's3://builds/mirror', other: 'https://other.example' })).toBeUndefined();
    expect(await named({ cloud: 's3://builds/next' })).toEqual({
      named: 's3://builds/next',
      used: 's3://builds/mirror',
    });
    expect(await named({ cloud: 7 })).toBeUndefined();
  });

  test('keeps its mirror while the remote does not answer', async () => {
    await mapped({ cloud: 's3://builds/mirror' });
    const head = await remote.git('rev-parse', 'HEAD');
    await rename(remote.path, `${remote.path}.away`);
    await expect(mapped(undefined)).rejects.toThrow(/cannot be reached|does not/);
    knownRefs = new Map([['refs/heads/main', head]]);
    expect((await mapped(undefined)).mirrors).toMatchObject([{ url: 's3://builds/mirror' }]);
  });

  test.each([
    [{ cloud: 'https://builds.example/mirror' }, 'which is not in an S3. Name the mirror under `mirrors`'],
    [{ cloud: { url: 's3://b', binary: false } }, 'names no mirror for binaries. Name the mirror under `mirrors`'],
    [
      { cloud: { url: 's3://b', endpoint_url: 'https://m' } },
      '`cloud` has `endpoint_url`, with which jobs would go past',
    ],
    [
      { cloud: { url: 's3://b', access_pair: { id_variable: 'LAB_ID', secret_variable: 'LAB_SECRET' } } },
      '`cloud` has `access_pair`, with which jobs would go past the gateway. Remove that from `spack.yaml`',
    ],
  ])('is refused with %j, with the change to make', async (mirrors, expected) => {
    expect(await refusal(mirrors)).toContain(expected);
  });

  test('is refused where the notary has a user of its own, which got its settings before', async () => {
    keptNotary = { url: 'unix:/run/slipway/socket', token: 'x' };
    expect(await refusal({ cloud: 's3://builds/mirror' })).toContain('a user of its own, and does not read');
  });

  test('is refused where there is no default branch yet', async () => {
    expect(await refusal(undefined, { defaultBranch: 'trunk' })).toContain('the remote has no branch `trunk`');
  });

  test('is refused where its spack.yaml cannot be read', async () => {
    await push({ 'README.md': 'No stack yet\n' });
    expect(await refusal(undefined)).toContain('There is no `spack.yaml` in the repository. Name the mirror');
    await push({ 'spack.yaml': 'spack: { specs: [], include: [gone.yaml] }\n' });
    expect(await refusal(undefined)).toMatch(/`spack.yaml` cannot be read: .*gone\.yaml.* Name the mirror/);
  });
});
