import { join } from 'node:path';
import { Secret, type Logger } from '../../kit/index.ts';
import { RunnerConfiguration, type RunnerTraits, type ServerSettings, type Tokens } from '../../coordinator/index.ts';
import { Runner, type Journal, type SandboxMode, type SandboxSettings } from '../../executor/index.ts';

export type ConfiguredRunner = RunnerTraits & {
  readonly embedded: boolean;
  readonly sandbox: SandboxMode;
  /** Why its jobs run outside of a sandbox although the configuration does not ask for that. */
  readonly warning?: string;
};

/** Jobs at once of the embedded runner, where the configuration does not say. */
const EMBEDDED_JOBS = 2;

/** Room for the lines that say that a log was cut: the server would fail the job for them. */
const NOTICE_BYTES = 1000;
/** Of all caches of jobs together. */
const CACHE_BYTES = 20 * 1024 ** 3;

/** The runners of the configuration; without any, one embedded runner. */
export async function knownRunners(
  settings: ServerSettings,
  tokens: Tokens,
  hasSandbox: boolean,
): Promise<readonly ConfiguredRunner[]> {
  const runners = configuredRunners(settings).map(async (runner, index) => ({
    name: runner.name,
    tags: runner.tags,
    runUntagged: runner.runUntagged,
    protectedOnly: runner.protectedOnly,
    untrusted: takesUntrusted(runner, hasSandbox),
    ...sandboxMode(runner, hasSandbox),
    embedded: runner.embedded,
    concurrency: runner.concurrency ?? (runner.embedded ? EMBEDDED_JOBS : Number.POSITIVE_INFINITY),
    id: index + 1,
    token: await tokenOf(settings, tokens, runner),
  }));
  return Promise.all(runners);
}

/**
 * The configured mode; by default a sandbox for every job. Where none is available, trusted jobs run as the server's
 * user unless the configuration asks for a sandbox for all, and forks are held.
 */
function sandboxMode(
  { embedded, sandbox }: RunnerConfiguration,
  hasSandbox: boolean,
): Pick<ConfiguredRunner, 'sandbox' | 'warning'> {
  const isAsked = sandbox !== undefined && sandbox !== 'pull-requests';
  if (hasSandbox || !embedded || isAsked) return { sandbox: sandbox ?? 'always' };
  return {
    sandbox: 'untrusted',
    warning:
      'no sandbox is available on this machine, so this job can read what the server can read, its keys included; see `slipway doctor`',
  };
}

/** The configured token, or one that only this server can make: the embedded runner's. */
async function tokenOf(
  settings: ServerSettings,
  tokens: Tokens,
  { name, token }: RunnerConfiguration,
): Promise<string> {
  if (token === undefined) return tokens.runnerToken(name);
  return (await settings.reveal(token, `runner \`${name}\``)).reveal();
}

function configuredRunners({ configuration }: ServerSettings): readonly RunnerConfiguration[] {
  const { runners } = configuration;
  return runners.length > 0 ? runners : [RunnerConfiguration.parse({ name: 'embedded', embedded: true })];
}

/** The embedded runner wherever it has a sandbox; one elsewhere if the configuration says so. */
function takesUntrusted(
  { embedded, untrusted, sandbox, protectedOnly }: RunnerConfiguration,
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
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
  /** What jobs in a sandbox do not see, what they see nevertheless, and what protected ones write. */
  readonly sandbox: Omit<SandboxSettings, 'mode' | 'warning'>;
  /** Bytes of one job's log that the server takes. */
  readonly logBytes: number;
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
    traceLimit: Math.max(0, parts.logBytes - NOTICE_BYTES),
  });
}
