import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { Secret, type Logger } from '../../kit/index.ts';
import {
  type RunnerConfiguration,
  type ConfiguredTraits,
  type ServerSettings,
  type Tokens,
} from '../../coordinator/index.ts';
import {
  Runner,
  defaultLimits,
  type FoundRuntime,
  type FoundSandbox,
  type JobNetwork,
  type Jobserver,
  type Journal,
  type SandboxMode,
  type SandboxSettings,
} from '../../executor/index.ts';

export type ConfiguredRunner = ConfiguredTraits & {
  readonly embedded: boolean;
  readonly sandbox: SandboxMode;
  readonly limits: RunnerConfiguration['limits'];
  readonly containers: RunnerConfiguration['containers'];
  readonly pullPolicies: RunnerConfiguration['pullPolicies'];
};

/** Jobs at once of the embedded runner by default. */
const EMBEDDED_JOBS = 2;

/** Bytes for the lines that report a cut log: without them the server would fail the job. */
const NOTICE_BYTES = 1000;

/** The runners of the configuration. */
export async function knownRunners(
  settings: ServerSettings,
  tokens: Tokens,
  found: FoundSandbox,
): Promise<readonly ConfiguredRunner[]> {
  return Promise.all(
    settings.configuration.runners.map(async ({ concurrency, token, cores, capacity, ...runner }, index) => ({
      ...runner,
      ...capacityOf(runner.embedded, capacity, concurrency),
      cores: cores ?? (runner.embedded ? availableParallelism() / (concurrency ?? EMBEDDED_JOBS) : 1),
      ...isolation(runner, found),
      trusted: runner.trusted ?? (runner.embedded && runner.sandbox !== 'never'),
      concurrency: concurrency ?? (runner.embedded ? EMBEDDED_JOBS : Number.POSITIVE_INFINITY),
      id: index + 1,
      // Without a configured token a derived one, which only the embedded runner gets.
      token: token
        ? (await settings.reveal(token, `runner \`${runner.name}\``)).reveal()
        : tokens.runnerToken(runner.name),
    })),
  );
}

/** Whether the server itself starts containers for a runner. */
export function usesContainers({ embedded, containers }: Pick<ConfiguredRunner, 'embedded' | 'containers'>): boolean {
  return embedded && containers !== false;
}

/** Of a runner elsewhere only its operator knows what it has. */
function capacityOf(
  isEmbedded: boolean,
  { memory, cores }: RunnerConfiguration['capacity'],
  concurrency = EMBEDDED_JOBS,
): Pick<ConfiguredTraits, 'capacity'> {
  if (!isEmbedded) return memory === undefined ? {} : { capacity: { memory, cores: cores ?? Infinity } };
  const machine = machineCapacity(concurrency);
  return { capacity: { memory: memory ?? machine.memory, cores: cores ?? machine.cores } };
}

/** What this machine has for jobs. */
function machineCapacity(concurrency: number): { readonly memory: number; readonly cores: number } {
  // 0, or more than any machine has, where no control group limits this process.
  const constrained = process.constrainedMemory() || Infinity;
  return {
    memory: Math.floor(Math.min(totalmem(), constrained) * 0.9),
    cores: Math.max(availableParallelism(), concurrency),
  };
}

/** An embedded runner that needs a sandbox, and has none, takes no job: each could read the server's keys. */
function isolation(
  {
    name,
    embedded,
    sandbox = embedded ? 'always' : 'never',
    protectedOnly,
  }: Omit<RunnerConfiguration, 'concurrency' | 'token' | 'capacity'>,
  found: FoundSandbox,
): Pick<ConfiguredRunner, 'sandbox' | 'untrusted' | 'obstacle'> {
  const untrusted = sandbox === 'always' && !protectedOnly;
  if (!embedded || sandbox === 'never' || found.mechanism !== undefined) return { sandbox, untrusted };
  return {
    sandbox,
    untrusted: false,
    obstacle: `Runner \`${name}\` has no sandbox (${found.reason}). ${found.remedy}`,
  };
}

interface EmbeddedRunnerParts {
  readonly folder: { readonly runner: string };
  readonly journal: Journal;
  /** Folder with the command `slipway`. */
  readonly bin: string;
  readonly url: string;
  readonly env: NodeJS.ProcessEnv;
  readonly log: Logger;
  /** Folders that jobs in a sandbox do not see, see nevertheless, or may write in protected pipelines. */
  readonly sandbox: Omit<SandboxSettings, 'mode'>;
  /** Bytes of one job's log that the server accepts. */
  readonly logBytes: number;
  /** What jobs in a sandbox reach. */
  readonly network: JobNetwork;
  /** What runs containers; absent if no runner uses it. */
  readonly runtime?: FoundRuntime;
  /** Shares the cores of the machine among the jobs of all embedded runners. */
  readonly jobserver: Jobserver;
  fetch(request: Request): Promise<Response>;
}

/** A runner in the server's own process, which talks to it as any other runner does. */
export function embeddedRunner(known: ConfiguredRunner, parts: EmbeddedRunnerParts): Runner {
  const { pullPolicies } = known;
  const found = usesContainers(known) ? parts.runtime : undefined;
  const isRequired = known.containers === true;
  return new Runner({
    fetch: parts.fetch,
    baseUrl: parts.url,
    token: new Secret(known.token),
    concurrency: known.concurrency,
    workFolder: join(parts.folder.runner, 'builds'),
    journal: parts.journal,
    caches: { folder: join(parts.folder.runner, 'caches') },
    log: parts.log,
    base: parts.env,
    path: parts.bin,
    sandbox: { mode: known.sandbox, limits: { ...defaultLimits, ...known.limits }, ...parts.sandbox },
    network: parts.network,
    ...(found === undefined ? {} : { containers: { found, env: parts.env, isRequired, pullPolicies } }),
    jobserver: parts.jobserver,
    traceLimit: Math.max(0, parts.logBytes - NOTICE_BYTES),
  });
}
