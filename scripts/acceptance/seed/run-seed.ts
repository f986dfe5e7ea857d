import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import manifest from '../../../package.json' with { type: 'json' };
import { createLogger } from '../../../src/cli/logger.ts';
import { settingsOf } from '../../../src/coordinator/configuration/server-settings.ts';
import { createDemoRepository } from '../../../src/demo/demo-repository.ts';
import { programEntry } from '../../../src/kit/package-root.ts';
import { openServer, type RunningServer } from '../../../src/server/assembly/open-server.ts';
import { cdashStandIn } from '../../../test/support/cdash.ts';
import { startDockerRegistry } from '../../../test/support/docker-registry.ts';
import { githubStandIn, type GithubStandIn } from '../../../test/support/github.ts';
import { startMinio, type Minio } from '../../../test/support/minio.ts';
import { checkOutTutorial, exportedKey, ubuntuBase } from '../../../test/support/tutorial-container.ts';
import type { Step } from '../run-acceptance.ts';
import { readTree } from '../tutorial-files.ts';
import type { SeedParts } from './find-seed.ts';
import { localSpack, spackConfiguration } from './replacements.ts';
import { BUCKET, DOWNSTREAM, STACK, type SeedOptions } from './seed.ts';
import { seedSteps } from './seed-steps.ts';

const HOOK_SECRET = 'between GitHub and this server';
const CDASH_TOKEN = 'token-of-a-cdash-project';

/**
 * Plays the five steps of the tutorial container with the files of its own repository, a real Spack 0.23, MinIO, gpg
 * and buildah.
 */
export async function runSeed(options: SeedOptions): Promise<readonly Step[]> {
  const { folder, parts } = options;
  await mkdir(folder, { recursive: true });
  const github = await githubStandIn();
  const registry = await startDockerRegistry(parts.registry, join(folder, 'registry'));
  const minio = await startMinio(parts.minio, join(folder, 'minio'), [BUCKET]);
  const cdash = cdashStandIn({ project: 'Spack', token: CDASH_TOKEN });
  const { url: cdashUrl, close } = await cdash.listen();
  try {
    const head = await pushSeed(github, parts);
    const spack = await localSpack(parts.spack, folder);
    const configuration = await spackConfiguration(spack, join(folder, 'spack'));
    const variables = { ...spack.variables, ...configuration, ...(await ubuntuBase(registry.host, folder)) };
    const downstream = await createDemoRepository(join(folder, DOWNSTREAM), options.env.PATH);
    const checkout = join(folder, 'checkout');
    await checkOutTutorial(parts.repository, checkout);
    const { key, fingerprint } = await exportedKey(parts.gpg, checkout, folder);
    const server = await openSeedServer({ ...options, github, downstream: downstream.remote, minio, variables, key });
    try {
      github.hook = { url: `${server.url}/hooks/github/${STACK}`, secret: HOOK_SECRET, mode: 'send' };
      const files = await readTree(join(import.meta.dirname, 'change'), ['.']);
      const text = (name: string) => files[name] ?? '';
      const change = {
        ...files,
        'spack.yaml': text('spack.yaml').replace('https://cdash.spack.io', cdashUrl),
        'slipway.yaml': text('slipway.yaml').replace('spack/tutorial', `${registry.host}/spack/tutorial`),
      };
      const env = { ...options.env, ...configuration, SPACK_ROOT: spack.root };
      return await seedSteps({ ...options, env, github, downstream, cdash, minio, server, head, change, fingerprint });
    } finally {
      await server.stop();
    }
  } finally {
    await close();
    await minio.stop();
    await registry.stop();
    await github.dispose();
  }
}

/** Gives the GitHub of this run the seed's commits. */
async function pushSeed({ remote }: GithubStandIn, { repository }: SeedParts): Promise<string> {
  await remote.git('-c', 'safe.directory=*', 'fetch', '--quiet', repository, 'HEAD');
  await remote.git('push', '--quiet', 'origin', 'FETCH_HEAD:refs/heads/main');
  return remote.git('rev-parse', 'FETCH_HEAD');
}

async function openSeedServer(
  given: SeedOptions & {
    readonly github: GithubStandIn;
    readonly downstream: string;
    readonly minio: Minio;
    readonly variables: Readonly<Record<string, string>>;
    readonly key: string;
  },
): Promise<RunningServer> {
  const { github, minio, folder } = given;
  const ofJobs = {
    AWS_ACCESS_KEY_ID: minio.accessKeyId,
    AWS_SECRET_ACCESS_KEY: minio.secretAccessKey,
    S3_ENDPOIT_URL: minio.endpoint,
    CDASH_AUTH_TOKEN: CDASH_TOKEN,
  };
  const env = { ...given.env, ...ofJobs, GITHUB_TOKEN: github.token, HOOK_SECRET, SPACK_SIGNING_KEY: given.key };
  const stack = {
    name: STACK,
    github: {
      repository: github.full,
      apiUrl: await github.listen(),
      token: { env: 'GITHUB_TOKEN' },
      webhookSecret: { env: 'HOOK_SECRET' },
    },
    layouts: ['v3' as const, 'v2' as const],
    variables: { ...given.variables, DOWNSTREAM_CI_REPO: given.downstream },
    secrets: Object.keys(ofJobs).map((name) => ({ name, from: { env: name } })),
  };
  const downstream = {
    name: DOWNSTREAM,
    remote: given.downstream,
    poll: 1,
    protected: { branches: ['slipway-*'] },
    variables: given.variables,
    secrets: [{ name: 'CDASH_AUTH_TOKEN', from: { env: 'CDASH_AUTH_TOKEN' } }],
  };
  const tags = ['spack', 'public', 'medium', 'large', 'xlarge', 'x86_64'];
  // A sandbox shows neither the clone of Spack nor its configuration, and the images of the jobs are on another registry.
  const own = { embedded: true, sandbox: 'never', containers: false } as const;
  const runner = { name: 'embedded', tags, concurrency: 1, ...own };
  const configuration = {
    data: join(folder, 'data'),
    listen: '127.0.0.1:0',
    signingKey: { env: 'SPACK_SIGNING_KEY' },
    stacks: [stack, downstream],
    runners: [runner],
  };
  const settings = settingsOf(configuration, env);
  return openServer({ settings, env, log: createLogger('fatal'), version: manifest.version, entry: programEntry() });
}
