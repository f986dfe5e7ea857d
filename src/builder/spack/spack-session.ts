import type { BuildLog } from '../builder.ts';
import { namespaceInvocation, type NamespaceView } from '../recipes/namespace.ts';
import { runSpack, type SpackEnd } from './run-spack.ts';
import type { SpackProgram } from './spack-program.ts';

/** Everything that the commands on one environment have in common. */
export interface SpackSession {
  readonly spack: SpackProgram;
  /** Folder of the environment that commands are run in; without one, in none. */
  readonly environment?: string;
  /** Folders of further configuration, as for `spack -C`. */
  readonly configScopes?: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  readonly workFolder: string;
  readonly log: BuildLog;
  readonly signal?: AbortSignal;
}

interface CommandOptions {
  /** Configuration over everything else, as `config:source_cache:/path`. */
  readonly settings?: readonly string[];
  /** What it says is not for the log. */
  readonly isQuiet?: boolean;
  /** A view of the file system in which the command runs; its work folder is replaced by the session's. */
  readonly view?: NamespaceView;
}

/** Runs `spack …` to its end. */
export async function spackCommand(
  session: SpackSession,
  words: readonly string[],
  options: CommandOptions = {},
): Promise<SpackEnd> {
  const { settings = [], isQuiet = false, view } = options;
  const { environment, configScopes = [] } = session;
  const scopes = configScopes.flatMap((one) => ['-C', one]);
  const place = environment === undefined ? ['--no-env'] : ['-e', environment];
  const over = settings.flatMap((one) => ['-c', one]);
  const command = [session.spack.program, ...scopes, ...place, ...over, ...words] as const;
  const invocation =
    view === undefined ? { program: command[0], args: command.slice(1) } : namespaceInvocation(view, command);
  return runSpack({
    invocation,
    environment: session.variables,
    workFolder: session.workFolder,
    hear: isQuiet ? () => undefined : session.log,
    signal: session.signal,
  });
}
