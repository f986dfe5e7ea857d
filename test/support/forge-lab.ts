import { existsSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, vi } from 'vitest';
import { openServer, type RunningServer } from '../../src/server/assembly/open-server.ts';
import { settingsOf } from '../../src/coordinator/configuration/server-settings.ts';
import type { Clock, Logger } from '../../src/kit/index.ts';
import type { PipelineRecord } from '../../src/pipeline/index.ts';
import { silentLogger } from './silent-logger.ts';
import { testSigningKey } from './served-stack.ts';
import type { ForgeStandIn } from './forge-stand-in.ts';
import { removeFolder } from './remove-folder.ts';

const entry = fileURLToPath(new URL('../../bin/slipway.js', import.meta.url));
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

interface LabSettings<Site> {
  /** Kind of the forge: the key of its section, and part of the path of its webhook. */
  readonly kind: string;
  /** The section of the stack, for the address of the API. */
  section(site: Site, apiUrl: string): object;
  readonly secret: string;
  /** The App that the server uses in place of the token. */
  readonly app?: { readonly id: number; readonly pem: string };
  readonly poll?: number;
  readonly mode?: 'send' | 'keep';
  readonly log?: Logger;
  readonly clock?: Clock;
  /** More of the stack's configuration, and what it names in the environment. */
  readonly stack?: object;
  readonly env?: Readonly<Record<string, string>>;
}

/** A whole server beside a forge of its own, both on this machine. */
export class ForgeLab<Site extends ForgeStandIn> {
  readonly site: Site;
  readonly folder: string;
  server!: RunningServer;
  readonly #apiUrl: string;
  readonly #settings: LabSettings<Site>;
  readonly #signingKey = testSigningKey();

  constructor(site: Site, { folder, apiUrl, ...settings }: LabSettings<Site> & { folder: string; apiUrl: string }) {
    this.site = site;
    this.folder = folder;
    this.#apiUrl = apiUrl;
    this.#settings = settings;
  }

  /** Starts the server, also a second time; the forge's webhook then calls it, unless it is to be polled. */
  async start(mode: 'send' | 'keep' = 'send'): Promise<void> {
    const {
      kind,
      section,
      secret,
      app,
      poll = 0,
      log = silentLogger,
      clock,
      stack: more,
      env: secrets,
    } = this.#settings;
    const { PATH } = process.env;
    const env = {
      PATH,
      HOME: this.folder,
      SPACK_SIGNING_KEY: await this.#signingKey,
      FORGE_SECRET: app?.pem ?? this.site.token,
      HOOK_SECRET: secret,
      ...secrets,
    };
    const from = { env: 'FORGE_SECRET' };
    const account = app === undefined ? { token: from } : { app: { id: app.id, privateKey: from } };
    const access = { ...account, webhookSecret: { env: 'HOOK_SECRET' } };
    const forge = { [kind]: { ...section(this.site, this.#apiUrl), ...access } };
    const stack = { name: 'stack', ...forge, poll, variables: { GATE: this.gate }, ...more };
    const settings = settingsOf({ data: join(this.folder, 'data'), listen: '127.0.0.1:0', stacks: [stack] }, env);
    this.server = await openServer({ settings, env, log, clock, version: '0.0.0', entry });
    this.site.hook =
      poll > 0
        ? undefined
        : { url: `${this.server.url}/hooks/${kind}${app === undefined ? '/stack' : ''}`, secret, mode };
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

  /** The statuses of a commit at the forge, oldest first. */
  said(sha: string, context?: string): readonly string[] {
    return this.site.statuses(sha, context).map(({ state, description }) => `${state}: ${description}`);
  }

  /** Resolves with the last status of a commit at the forge, once it is more than progress. */
  async verdict(sha: string, context?: string): Promise<string> {
    return vi.waitFor(() => {
      const last = this.said(sha, context).at(-1) ?? 'nothing';
      if (/^(nothing|pending|running)/.test(last)) throw new Error(`${sha.slice(0, 8)}: ${last}`);
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
export async function forgeLab<Site extends ForgeStandIn>(
  site: Site,
  settings: LabSettings<Site>,
): Promise<ForgeLab<Site>> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-forge-'));
  const lab = new ForgeLab(site, { ...settings, folder, apiUrl: await site.listen() });
  onTestFinished(async () => {
    await lab.server.stop();
    await site.dispose();
    await removeFolder(folder);
  });
  await site.push('main', { 'README.md': 'A stack.\n' });
  await lab.start(settings.mode);
  await lab.until(() => lab.server.coordinator.context.ledger.knownRefs('stack').size > 0);
  return lab;
}

/** What must hold at every end: nothing said twice in a row, and nothing that the forge does not know. */
export function expectGoodManners({ site }: ForgeLab<ForgeStandIn>): void {
  expect(site.api.violations).toEqual([]);
  for (const { sha, context } of site.api.statuses) {
    const said = site.statuses(sha, context).map((status) => JSON.stringify(status));
    expect(said.filter((one, index) => one === said[index - 1])).toEqual([]);
  }
}

/** Pushes a branch with files, and opens a pull request of it. */
export async function openWith(
  { site }: ForgeLab<ForgeStandIn>,
  branch: string,
  files: Readonly<Record<string, string>>,
): Promise<{ readonly head: string; readonly number: number }> {
  const head = await site.push(branch, files, 'main');
  const { number } = await site.openPull({ branch });
  return { head, number };
}

/** What a comment with a command does on every forge: the webhook wakes the poll, and the forge says who may. */
export async function expectCommands(lab: ForgeLab<ForgeStandIn>): Promise<void> {
  const { head, number } = await openWith(lab, 'change', oneJob('"true"'));
  await lab.verdict(head);
  const { ledger } = lab.server.coordinator.context;
  const answers = () =>
    ledger.commands('stack', String(number)).map(({ actor, state, answer = '' }) => `${actor} ${state} ${answer}`);
  lab.site.api.roles.set('grace', 'write').set('mallory', 'read');
  await lab.site.say(number, 'mallory', '/slipway run');
  await lab.until(() => answers()[0]?.startsWith('mallory refused') === true);
  expect(lab.pipelinesOf(head)).toHaveLength(1);
  await lab.site.say(number, 'grace', '> /slipway run\nNot today');
  await lab.site.say(number, 'grace', '/slipway run');
  await lab.until(() => answers()[1]?.startsWith('grace done Started [pipeline 2]') === true);
  await lab.until(() => lab.pipelinesOf(head)[0]?.status === 'success');
  expect(answers()).toHaveLength(2);
  expect(lab.pipelinesOf(head)).toHaveLength(2);
  expectGoodManners(lab);
}
