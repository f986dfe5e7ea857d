import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  findSandbox,
  LocalRunner,
  namedPrograms,
  quoteForShell,
  type FoundSandbox,
  type SandboxMode,
} from '../../executor/index.ts';
import { SlipwayError } from '../../kit/index.ts';
import { imageError } from '../errors.ts';
import type { SourceFile } from '../folder-files.ts';
import type { BuildFolders } from './build-folders.ts';
import { openBuilderSocket } from './builder-socket.ts';
import { dockerProgram, type ImageBuilder } from './builders.ts';

export interface HookRun {
  readonly hook: SourceFile;
  /** Of the build; the hook sees `context`, `home` and `tmp` in it. */
  readonly folder: string;
  readonly folders: BuildFolders;
  readonly builder: ImageBuilder;
  readonly variables: Readonly<Record<string, string>>;
  /** Search path of the hook. */
  readonly path: string;
  /** `never` permits a hook to run without a sandbox where none works; by default `always`. */
  readonly mode?: SandboxMode;
  /** By default what this machine has. */
  readonly sandbox?: FoundSandbox;
  readonly signal: AbortSignal | undefined;
  readonly onLine: (line: string) => void;
  /** Receives why the hook runs without a sandbox. */
  readonly onUnsandboxed?: (reason: string) => void;
}

/** One day, in seconds. */
const TIMEOUT = 86_400;
/** A network without any address but loopback. */
const NO_NETWORK = { listeners: [], variables: {}, defaults: {}, serve: () => undefined };

/**
 * Runs a hook in the sandbox of jobs, without a network. Its `docker` has the builder work outside, with what the hook may
 * ask of it. Returns why the hook failed; throws IMAGE_HOOK_UNSANDBOXED where no sandbox works and one is required.
 */
export async function runHook(run: HookRun): Promise<string | undefined> {
  const { folder, folders, hook, path, signal = new AbortController().signal } = run;
  const isSandboxed = await checkSandbox(run);
  const file = join(folder, 'hook');
  await writeFile(file, hook.bytes, { mode: 0o755 });
  for (const name of ['home', 'tmp', 'bin']) await mkdir(join(folder, name), { recursive: true });
  const socket = await openBuilderSocket({ ...run, snapshots: join(folder, 'snapshots') });
  const bin = join(folder, 'bin');
  await writeFile(join(bin, 'docker'), dockerProgram(socket.path), { mode: 0o755 });
  const { readable, hidden } = await namedPrograms({ PATH: path });
  const runner = await LocalRunner.open({
    workingCopy: folders.context,
    temporary: folder,
    isInPlace: true,
    home: folder,
    concurrency: 1,
    base: { PATH: path },
    path: bin,
    isColoured: false,
    ...(isSandboxed
      ? {
          sandbox: {
            readable: [...readable, bin, file, process.execPath, dirname(socket.path)],
            hidden,
            writable: () => [],
            network: NO_NETWORK,
          },
        }
      : {}),
  });
  const output = lines(run.onLine);
  try {
    const { outcome } = await runner.run(jobOf(run, file), { signal, onOutput: output.write });
    output.end();
    signal.throwIfAborted();
    if (outcome.state === 'success') return undefined;
    if (outcome.error instanceof SlipwayError) throw outcome.error;
    return outcome.exitCode === undefined ? outcome.message : `status ${outcome.exitCode}`;
  } finally {
    await socket.close();
    await runner.close();
  }
}

async function checkSandbox({ mode, sandbox, onUnsandboxed }: HookRun): Promise<boolean> {
  const found = sandbox ?? (await findSandbox());
  if (found.mechanism !== undefined) return true;
  const { reason, remedy } = found;
  if (mode !== 'never') throw imageError('IMAGE_HOOK_UNSANDBOXED', { reason, remedy });
  onUnsandboxed?.(reason);
  return false;
}

function jobOf({ hook, variables }: HookRun, file: string): Parameters<LocalRunner['run']>[0] {
  // Docker Hub does not require the file to be executable; the tutorial's is not.
  const interpreter = /^#!\s*(\S+)(?:[ \t]+(\S+))?/.exec(Buffer.from(hook.bytes).toString('utf8'));
  const words = [interpreter?.[1] ?? '/bin/sh', interpreter?.[2], file].filter((word) => word !== undefined);
  return {
    id: 1,
    token: '',
    allow_git_fetch: true,
    job_info: { name: 'hook', stage: 'image', project_id: 1, project_name: 'image' },
    git_info: {},
    runner_info: { timeout: TIMEOUT },
    variables: Object.entries(variables).map(([key, value]) => ({ key, value, raw: true })),
    steps: [{ name: 'script', script: [words.map(quoteForShell).join(' ')] }],
    services: [],
    artifacts: [],
    cache: [],
    hooks: [],
    dependencies: [],
  };
}

/** Divides output into lines, without the one that shows the command. */
function lines(onLine: (line: string) => void): { write: (bytes: Buffer) => void; end: () => void } {
  let rest = '';
  let isFirst = true;
  const pass = (line: string) => {
    if (!isFirst || !line.startsWith('$ ')) onLine(line);
    isFirst = false;
  };
  return {
    write: (bytes) => {
      const parts = `${rest}${bytes.toString('utf8')}`.split('\n');
      rest = parts.pop() ?? '';
      for (const part of parts) pass(part);
    },
    end: () => rest !== '' && pass(rest),
  };
}
