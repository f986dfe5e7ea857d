import { join } from 'node:path';
import { Secret, type Logger } from '../../kit/index.ts';
import { RunnerConfiguration, type RunnerTraits, type ServerSettings, type Tokens } from '../../coordinator/index.ts';
import { Runner, type JobNetwork, type Journal, type SandboxMode, type SandboxSettings } from '../../executor/index.ts';

export type ConfiguredRunner = RunnerTraits & {
  readonly embedded: boolean;
  readonly sandbox: SandboxMode;
  /** Why its jobs run outside of a sandbox although the configuration does not request that. */
  readonly warning?: string;
};

/** Jobs at once of the embedded runner by default. */
const EMBEDDED_JOBS = 2;

/** Bytes for the lines that report a cut log: without them the server would fail the job. */
const NOTICE_BYTES = 1000;
/** Of all caches of jobs together. */
const CACHE_BYTES = 20 * 1024 ** 3;

/** The runners of the configuration; without any, one embedded runner. */
export async function knownRunners(
  settings: ServerSettings,
  tokens: Tokens,
  hasSandbox: boolean,
): Promise<readonly ConfiguredRunner[]> {
  const { runners: configured } = settings.configuration;
  const runners =
    configured.length > 0 ? configured : [RunnerConfiguration.parse({ name: 'embedded', embedded: true })];
  return Promise.all(
    runners.map(async ({ concurrency, token, ...runner }, index) => ({
      ...runner,
      untrusted: takesUntrusted(runner, hasSandbox),
      ...sandboxMode(runner, hasSandbox),
      concurrency: concurrency ?? (runner.embedded ? EMBEDDED_JOBS : Number.POSITIVE_INFINITY),
      id: index + 1,
      // Without a configured token a derived one, which only the embedded runner gets.
      token: token
        ? (await settings.reveal(token, `runner \`${runner.name}\``)).reveal()
        : tokens.runnerToken(runner.name),
    })),
  );
}

/**
 * The configured mode; by default a sandbox for every job. Where none is available, trusted jobs run as the server's
 * user unless the configuration requires a sandbox for all, and forks are held.
 */
function sandboxMode(
  { embedded, sandbox }: Pick<RunnerConfiguration, 'embedded' | 'sandbox'>,
  hasSandbox: boolean,
): Pick<ConfiguredRunner, 'sandbox' | 'warning'> {
  const isRequested = sandbox !== undefined && sandbox !== 'pull-requests';
  if (hasSandbox || !embedded || isRequested) return { sandbox: sandbox ?? 'always' };
  return {
    sandbox: 'untrusted',
    warning:
      'no sandbox is available on this machine, so this job can read what the server can read, ' +
      'its keys included; see `slipway doctor`',
  };
}

/** Whether a runner takes jobs of forks: the embedded one if it has a sandbox, others by their configuration. */
function takesUntrusted(
  { embedded, untrusted, sandbox, protectedOnly }: Omit<RunnerConfiguration, 'concurrency' | 'token'>,
  hasSandbox: boolean,
): boolean {
  return !protectedOnly && (embedded ? hasSandbox && sandbox !== 'never' : untrusted);
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
  readonly sandbox: Omit<SandboxSettings, 'mode' | 'warning'>;
  /** Bytes of one job's log that the server accepts. */
  readonly logBytes: number;
  /** What jobs in a sandbox reach. */
  readonly network: JobNetwork;
  fetch(request: Request): Promise<Response>;
}

/** A runner in the server's own process, which talks to it as any other runner does. */
export function embeddedRunner(known: ConfiguredRunner, parts: EmbeddedRunnerParts): Runner {
  return new Runner({
    fetch: parts.fetch,
    baseUrl: parts.url,
    token: new Secret(known.token),
    concurrency: known.concurrency,
    workFolder: join(parts.folder.runner, 'builds'),
    journal: parts.journal,
    caches: { folder: join(parts.folder.runner, 'caches'), maxBytes: CACHE_BYTES },
    log: parts.log,
    base: parts.env,
    path: parts.bin,
    sandbox: { mode: known.sandbox, warning: known.warning, ...parts.sandbox },
    network: parts.network,
    traceLimit: Math.max(0, parts.logBytes - NOTICE_BYTES),
  });
}
