import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { settingsOf } from '../../src/coordinator/configuration/server-settings.ts';
import { programEntry } from '../../src/kit/package-root.ts';
import { openServer } from '../../src/server/assembly/open-server.ts';
import { githubStandIn, type GithubStandIn } from '../../test/support/github.ts';
import { silentLogger } from '../../test/support/silent-logger.ts';
import { picturedChange, picturedStack } from './pictured-stack.ts';

export interface PicturedCheck {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly actions: readonly string[];
  readonly annotations: readonly {
    readonly path: string;
    readonly start_line: number;
    readonly annotation_level: string;
    readonly title?: string;
    readonly message: string;
  }[];
}

/** What a server wrote at a forge. */
interface ForgeTexts {
  readonly comments: { readonly held: string; readonly failed: string };
  readonly check: PicturedCheck;
}

/** Lets a server with a GitHub App work beside a copy of GitHub's API, and returns what it wrote there. */
export async function forgeTexts(): Promise<ForgeTexts> {
  const site = await githubStandIn();
  const folder = await mkdtemp(join(tmpdir(), 'slipway-pictures-'));
  const server = await startServer(site, folder);
  try {
    await site.push('main', picturedStack());
    await until(() => server.coordinator.context.pipelines.list({ stack: 'lab-stack' })[0]?.status === 'success');
    const held = await heldPull(site);
    const { check, comment } = await failedPull(site);
    return { comments: { held, failed: comment }, check };
  } finally {
    await server.stop();
    await site.dispose();
    await rm(folder, { recursive: true, force: true });
  }
}

async function startServer(site: GithubStandIn, folder: string) {
  const { PATH } = process.env;
  const env = { PATH, HOME: folder, APP_KEY: site.githubApp.pem };
  const app = { id: site.githubApp.id, privateKey: { env: 'APP_KEY' } };
  const github = { repository: site.full, apiUrl: await site.listen(), app };
  const baseUrl = 'https://ci.example.org';
  const stacks = [{ name: 'lab-stack', github, poll: 1 }];
  const settings = settingsOf({ data: join(folder, 'data'), listen: '127.0.0.1:0', baseUrl, stacks }, env);
  return openServer({ settings, env, log: silentLogger, version: '0.0.0', entry: programEntry() });
}

/** A pull request of a fork, which waits for an approval. */
async function heldPull(site: GithubStandIn): Promise<string> {
  const { head, number } = await openPull(site, { branch: 'newer-zlib', author: 'mallory', isFork: true });
  await until(() => site.checks(head).some(({ conclusion }) => conclusion === 'action_required'));
  await until(() => site.comment(number)?.includes(': held') === true);
  return site.comment(number) as string;
}

/** A pull request that fails. */
async function failedPull(site: GithubStandIn): Promise<{ comment: string; check: PicturedCheck }> {
  const { head, number } = await openPull(site, { branch: 'zlib-1.3.1' });
  await until(() => site.checks(head).some(({ conclusion }) => conclusion === 'failure'));
  await until(() => site.comment(number)?.includes(': failed') === true);
  return { comment: site.comment(number) as string, check: site.checks(head).at(-1) as PicturedCheck };
}

async function openPull(
  site: GithubStandIn,
  pull: { branch: string; author?: string; isFork?: boolean },
): Promise<{ head: string; number: number }> {
  const head = await site.push(pull.branch, picturedChange(), 'main');
  const { number } = await site.openPull(pull);
  return { head, number };
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 200));
}
