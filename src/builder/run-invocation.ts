import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { eachLine, spawnProgram, SYSTEM_PATH } from '../kit/index.ts';
import { openJobserver } from './jobserver.ts';
import { killTree } from './kill-tree.ts';
import type { Invocation } from './recipes/namespace.ts';

interface InvocationOptions {
  /** All the variables of the process. */
  readonly environment: Readonly<Record<string, string>>;
  readonly workFolder: string;
  /** Named pipe of a jobserver, which the command and all that it starts take part in. */
  readonly jobserver?: string;
  /** Gets every line of standard output and standard error, in the order in which they come. */
  readonly onLine: (line: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Runs a command to its end; when `signal` is aborted, the process and all its descendants are killed. The child stays
 * in the caller's process group, so that ending the job's group ends it too. Rejects only if the program does not
 * start.
 */
export async function runInvocation(
  { program, args }: Invocation,
  { environment, workFolder: cwd, jobserver: path, onLine, signal }: InvocationOptions,
): Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }> {
  const jobserver = path === undefined ? undefined : await openJobserver(path, environment['PATH'] ?? SYSTEM_PATH);
  const env = { ...environment, ...(jobserver && { MAKEFLAGS: jobserver.makeflags }) };
  const shared = jobserver === undefined ? [] : [jobserver.pipe, jobserver.pipe];
  const child = spawnProgram(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe', ...shared] });
  jobserver?.close();
  const stop = (): void => {
    if (child.pid !== undefined) killTree(child.pid);
  };
  if (signal?.aborted === true) stop();
  signal?.addEventListener('abort', stop, { once: true });
  for (const stream of [child.stdout, child.stderr] as Readable[]) eachLine(stream, onLine);
  try {
    const [code, ended] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    return { code, signal: ended };
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}
