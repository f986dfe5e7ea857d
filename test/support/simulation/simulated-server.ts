import { copyFileSync } from 'node:fs';
import { createIdentityVerifier } from '../../../src/identity/index.ts';
import { pino } from 'pino';
import {
  JobReaper,
  Coordinator,
  Blocks,
  Drain,
  Quotas,
  ServerConfiguration,
  createTokens,
  dataFolder,
  endStuckJobs,
  pollStack,
  recover,
  type CoordinatorContext,
  type ConfiguredTraits,
  type Stack,
  type StackMirror,
} from '../../../src/coordinator/index.ts';
import { Secret, messageOf } from '../../../src/kit/index.ts';
import { coordinatorJobService } from '../../../src/server/runner-api/coordinator-job-service.ts';
import type { JobService } from '../../../src/server/runner-api/job-service.ts';
import { createLedgers } from '../../../src/store/index.ts';
import { MemoryForge } from '../memory-forge.ts';
import { openFleet } from '../open-fleet.ts';
import type { Checks } from './checks.ts';
import { Network, delay } from './network.ts';
import type { Random } from './random.ts';
import { ServerProcess, lifetime } from './server-process.ts';
import { Unreachable, forgeOf } from './simulated-forge.ts';

const SECOND = 1000;
const MOST_CRASHES = 15;
const configuration = ServerConfiguration.parse({
  data: '/simulated',
  stacks: [{ name: 'lab', remote: '/remote.git', protected: { branches: ['release-*'] } }],
});

function runner(id: number, name: string, concurrency: number): ConfiguredTraits {
  const traits = { tags: [], runUntagged: true, protectedOnly: false, untrusted: true };
  return { id, name, token: `glrt-${name}`, concurrency, ...traits };
}

export const embedded = runner(1, 'embedded', 2);
export const runners = [embedded, runner(2, 'north', 3), runner(3, 'south', 2)];

/** A part that the simulation never reaches. */
function unused(name: string): never {
  return new Proxy(
    {},
    {
      get: (_, key) => {
        throw new Error(`${name}.${String(key)} is not simulated`);
      },
    },
  ) as never;
}

const mirror = Object.assign(Object.create(unused('mirror')) as StackMirror, {
  prepare: async () => {},
  removeRequest: async () => {},
});

interface Setting {
  /** Database with all tables and no rows. */
  readonly template: string;
  /** Data folder of this server. */
  readonly root: string;
  readonly random: Random;
  readonly checks: Checks;
}

/** The driver over its store, without a mirror, a notary and images. It dies now and then, and starts again. */
export class SimulatedServer {
  readonly forge = new MemoryForge();
  readonly network: Network;
  process!: ServerProcess;
  coordinator!: Coordinator;
  jobService!: JobService;
  /** How often it has been started. */
  starts = 0;
  readonly #setting: Setting;
  readonly #started = new Set<() => void>();

  constructor(setting: Setting) {
    this.#setting = setting;
    this.network = new Network(setting.random);
    copyFileSync(setting.template, dataFolder(setting.root).database);
  }

  get context(): CoordinatorContext {
    return this.coordinator.context;
  }

  /** Calls back after each start, when the server has taken up its work. */
  onStart(listener: () => void): void {
    this.#started.add(listener);
  }

  /** Starts in the background, as a new process. */
  start(): void {
    const { random, root, checks } = this.#setting;
    this.starts += 1;
    const process = new ServerProcess(dataFolder(root).database);
    this.process = process;
    this.coordinator = new Coordinator(this.#context(process));
    const reaper = new JobReaper(this.coordinator);
    this.jobService = coordinatorJobService(this.coordinator, { onContact: (run) => reaper.contacted(run) });
    checks.restarted(this.context);
    if (this.network.isFaulty && this.starts <= MOST_CRASHES) process.dieAfter(lifetime(random));
    this.#serve(this.coordinator, { process, reaper }).catch((error: unknown) => {
      if (!process.isDead) checks.violated(`the server stopped: ${messageOf(error)}`);
    });
  }

  async #serve(
    coordinator: Coordinator,
    { process, reaper }: { process: ServerProcess; reaper: JobReaper },
  ): Promise<void> {
    await recover(coordinator, new Set([embedded.name]));
    for (const listener of this.#started) listener();
    for (let round = 0; !process.isDead; round += 1) {
      await pollStack(coordinator, this.context.stacks.get('lab') as Stack).catch((error: unknown) => {
        if (!(error instanceof Unreachable)) throw error;
      });
      if (round % 2 === 0) reaper.reap();
      if (round % 2 === 0) endStuckJobs(coordinator);
      await delay(20 * SECOND);
    }
  }

  #context(process: ServerProcess): CoordinatorContext {
    const { checks, random, root } = this.#setting;
    const { database } = process;
    const ledgers = createLedgers(database);
    const clock = { now: () => Date.now(), steady: () => Date.now() };
    const forge = forgeOf(this.forge, { network: this.network, random, process, posted: (one) => checks.posted(one) });
    const lab: Stack = {
      configuration: configuration.stacks[0] as Stack['configuration'],
      forge,
      mirror,
      notary: unused('notary'),
      identities: createIdentityVerifier([], { clock }),
      secrets: [],
    };
    const context: Omit<CoordinatorContext, 'quotas' | 'drain'> = {
      configuration,
      folder: dataFolder(root),
      clock,
      log: pino({ level: 'error' }, { write: (line) => process.isDead || checks.logged(line) }),
      // Thousands of synced writes would take longer than all the rest.
      audit: { record: () => undefined, require: () => undefined } as unknown as CoordinatorContext['audit'],
      ...ledgers,
      pipelines: checks.watch(ledgers.pipelines),
      stacks: new Map([['lab', lab]]),
      tokens: createTokens(new Secret('simulated')),
      signing: { fingerprint: '', publicKey: '', imageKey: undefined },
      verifier: unused('verifier'),
      archives: unused('archives'),
      imageWork: unused('imageWork'),
      sandbox: 'always',
      imageTarget: async () => unused('imageTarget'),
      registryCredentials: async () => undefined,
      idTokens: unused('idTokens'),
      ...openFleet(runners, { database, clock, configuration }),
      takesUntrusted: () => true,
      baseUrl: () => 'http://127.0.0.1:1',
      version: '0.0.0',
      path: undefined,
      blocks: new Blocks(dataFolder(root).blocks),
    };
    return { ...context, quotas: new Quotas(context), drain: new Drain(context) };
  }
}
