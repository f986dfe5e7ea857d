import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished, vi } from 'vitest';
import { openServer, type RunningServer } from '../../src/server/assembly/open-server.ts';
import { settingsOf } from '../../src/coordinator/server-settings.ts';
import type { PipelineRecord } from '../../src/pipeline/index.ts';
import { silentLogger } from './silent-logger.ts';
import { githubStandIn, type GithubStandIn } from './github.ts';

const entry = fileURLToPath(new URL('../../bin/slipway.js', import.meta.url));
const secret = 'between GitHub and us';
const patience = { timeout: 600_000, interval: 50 };

/** A stack of one package that needs no compiler to build. */
export const oneRecipe: Readonly<Record<string, string>> = {
  'spack.yaml': 'spack: { specs: [gauge] }\n',
  'recipes/gauge.yaml': 'name: gauge\nversion: "1.0"\ninstall: mkdir -p "$PREFIX" && echo 1 > "$PREFIX/scale"\n',
  'slipway.yaml': "images: [{ repository: lab/stack, base: scratch, rules: [{ ref: '^rev-(.+)$', tag: '$1' }] }]\n",
};

/** A pipeline of one job, for what is not about packages. */
export function oneJob(script: string): Readonly<Record<string, string>> {
  return { '.gitlab-ci.yml': `check:\n  interruptible: true\n  script:\n    - ${script}\n` };
}

/** A whole server beside a GitHub of its own, both on this machine. */
export class GithubLab {
  readonly github: GithubStandIn;
  readonly folder: string;
  server!: RunningServer;
  readonly #apiUrl: string;
  readonly #poll: number;

  constructor(github: GithubStandIn, { folder, apiUrl, poll }: { folder: string; apiUrl: string; poll: number }) {
    this.github = github;
    this.folder = folder;
    this.#apiUrl = apiUrl;
    this.#poll = poll;
  }

  /** Starts the server, also a second time; GitHub's webhook then calls it, unless it is to be polled. */
  async start(mode: 'send' | 'keep' = 'send'): Promise<void> {
    const { full, token } = this.github;
    const env = { PATH: process.env.PATH, HOME: this.folder, GITHUB_TOKEN: token, HOOK_SECRET: secret };
    const github = {
      repository: full,
      apiUrl: this.#apiUrl,
      token: { env: 'GITHUB_TOKEN' },
      webhookSecret: { env: 'HOOK_SECRET' },
    };
    const stack = { name: 'stack', github, poll: this.#poll, variables: { GATE: this.gate } };
    const settings = settingsOf({ data: join(this.folder, 'data'), listen: '127.0.0.1:0', stacks: [stack] }, env);
    this.server = await openServer({ settings, env, log: silentLogger, version: '0.0.0', entry });
    this.github.hook = this.#poll > 0 ? undefined : { url: `${this.server.url}/hooks/github/stack`, secret, mode };
  }

  /** A file that jobs can wait for. */
  get gate(): string {
    return join(this.folder, 'gate');
  }

  get pipelines(): readonly PipelineRecord[] {
    return this.server.coordinator.context.pipelines.list({ stack: 'stack' });
  }

  pipelinesOf(head: string): readonly PipelineRecord[] {
    return this.pipelines.filter((record) => record.head === head);
  }

  hasPrefix(number: number): boolean {
    return existsSync(join(this.server.folder.mirror('stack'), 'pr', String(number)));
  }

  /** The statuses of a commit at GitHub, oldest first. */
  said(sha: string, context?: string): readonly string[] {
    return this.github.statuses(sha, context).map(({ state, description }) => `${state}: ${description}`);
  }

  /** Resolves with the last status of a commit at GitHub, once it is more than `pending`. */
  async verdict(sha: string, context?: string): Promise<string> {
    return vi.waitFor(() => {
      const last = this.said(sha, context).at(-1) ?? 'nothing';
      if (/^(nothing|pending)/.test(last)) throw new Error(`${sha.slice(0, 8)}: ${last}`);
      return last;
    }, patience);
  }

  /** Resolves when this is so. */
  async until(look: () => boolean): Promise<void> {
    await vi.waitFor(() => {
      if (!look()) throw new Error(`waited in vain until ${String(look)}`);
    }, patience);
  }
}

/** Makes a lab with a repository that holds no stack yet; both are gone when the test ends. */
export async function githubLab(options: { poll?: number; mode?: 'send' | 'keep' } = {}): Promise<GithubLab> {
  const github = await githubStandIn();
  const folder = await mkdtemp(join(tmpdir(), 'slipway-github-'));
  const lab = new GithubLab(github, { folder, apiUrl: await github.listen(), poll: options.poll ?? 0 });
  onTestFinished(async () => {
    await lab.server.stop();
    await github.dispose();
    await rm(folder, { recursive: true, force: true });
  });
  await github.push('main', { 'README.md': 'A stack.\n' });
  await lab.start(options.mode);
  await lab.until(() => lab.server.coordinator.context.ledger.knownRefs('stack').size > 0);
  return lab;
}
