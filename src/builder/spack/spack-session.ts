import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { BuildLog } from '../builder.ts';
import { namespaceInvocation, type NamespaceView } from '../recipes/namespace.ts';
import { runInvocation } from '../run-invocation.ts';
import type { SpackProgram } from './spack-program.ts';

/** The common settings of all commands on one environment. */
export interface SpackSession {
  readonly spack: SpackProgram;
  /** Folder of the environment that commands are run in, if any. */
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
  /** Keeps the output out of the log. */
  readonly isQuiet?: boolean;
  /** Named pipe of a jobserver. */
  readonly jobserver?: string;
  /** A view of the file system in which the command runs. */
  readonly view?: NamespaceView;
}

interface SpackEnd {
  /** Exit status, or null if a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last lines of both outputs without colors; at most 4,000, and 2,000 characters of each. */
  readonly lines: readonly string[];
}

const KEPT_LINES = 4_000;
const KEPT_OF_LINE = 2_000;

/** Runs `spack …` to its end. */
export async function spackCommand(
  session: SpackSession,
  words: readonly string[],
  { settings = [], isQuiet = false, jobserver, view }: CommandOptions = {},
): Promise<SpackEnd> {
  const { spack, environment, configScopes = [], log } = session;
  const args = [
    ...configScopes.flatMap((one) => ['-C', one]),
    ...(environment === undefined ? ['--no-env'] : ['-e', environment]),
    ...settings.flatMap((one) => ['-c', one]),
    ...words,
  ];
  const { program } = spack;
  const invocation = view === undefined ? { program, args } : namespaceInvocation(view, [program, ...args]);
  const lines: string[] = [];
  const onLine = (line: string): void => {
    const plain = stripVTControlCharacters(line);
    if (!isQuiet) log(plain);
    if (lines.push(plain.slice(0, KEPT_OF_LINE)) > KEPT_LINES) lines.shift();
  };
  const ending = await runInvocation(invocation, { ...session, environment: session.variables, jobserver, onLine });
  return { ...ending, lines };
}

/** Runs a program of Python in Spack, which writes JSON to the file that is its argument; returns that value. */
export async function evaluateInSpack(
  session: SpackSession,
  { name, text }: { readonly name: string; readonly text: string },
  options: CommandOptions,
): Promise<unknown> {
  const [file, result] = [join(session.workFolder, `${name}.py`), join(session.workFolder, `${name}.json`)];
  await writeFile(file, text);
  const { code, lines } = await spackCommand(session, ['python', file, result], { isQuiet: true, ...options });
  session.signal?.throwIfAborted();
  if (code === 0) return JSON.parse(await readFile(result, 'utf8'));
  throw new Error(lines.findLast((one) => /Error/.test(one))?.trim() ?? `exit status ${code}`);
}
