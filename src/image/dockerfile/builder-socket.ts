import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { attemptProgram, isWithin, messageOf, runProgram } from '../../kit/index.ts';
import type { BuildFolders } from './build-folders.ts';
import type { ImageBuilder } from './builders.ts';
import { readDockerWords, type DockerCommand } from './docker-words.ts';

interface BuilderSocketOptions {
  readonly builder: ImageBuilder;
  readonly folders: BuildFolders;
  readonly variables: Readonly<Record<string, string>>;
  /** A folder that the hook does not see, for what a build reads. */
  readonly snapshots: string;
  readonly signal: AbortSignal | undefined;
}

/** The other end of a hook's `docker`. `close` once, when the hook has ended. */
interface BuilderSocket {
  readonly path: string;
  close(): Promise<void>;
}

/**
 * Runs the builder for a hook in a sandbox, which connects to a Unix socket, sends one line (`words` and `cwd`) and reads
 * lines of output (`line`) and last the exit status (`status`).
 */
export async function openBuilderSocket(options: BuilderSocketOptions): Promise<BuilderSocket> {
  // Paths of sockets are short.
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'slipway-builder-')));
  const path = join(folder, 'socket');
  const closed = new AbortController();
  const running = new Set<Promise<void>>();
  const server = createServer((socket) => {
    const answered = answer(socket, options, closed.signal);
    running.add(answered);
    void answered.finally(() => running.delete(answered));
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve));
  return {
    path,
    close: async () => {
      closed.abort();
      server.close();
      await Promise.all(running);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function answer(socket: Socket, options: BuilderSocketOptions, closed: AbortSignal): Promise<void> {
  const send = (message: object) => void socket.write(`${JSON.stringify(message)}\n`);
  const gone = new AbortController();
  socket.on('error', () => undefined).once('close', () => gone.abort());
  const { signal: outer } = options;
  const signal = AbortSignal.any([closed, gone.signal, ...(outer === undefined ? [] : [outer])]);
  closed.addEventListener('abort', () => socket.destroy(), { once: true });
  try {
    for await (const line of createInterface({ input: socket })) {
      const onLine = (text: string) => send({ line: text });
      const status = await runFor(JSON.parse(line) as Request, { ...options, signal, onLine });
      send({ status });
      break;
    }
  } catch (error) {
    send({ line: `docker: ${messageOf(error)}` });
    send({ status: 125 });
  } finally {
    socket.end();
  }
}

interface Request {
  readonly words: readonly string[];
  readonly cwd: string;
}

async function runFor(
  { words, cwd }: Request,
  options: BuilderSocketOptions & { readonly onLine: (line: string) => void },
): Promise<number> {
  const { builder, folders, variables, signal, onLine } = options;
  const command = readDockerWords(words, { context: folders.context, cwd });
  if (typeof command === 'string') throw new Error(command);
  const isImage =
    builder.name === 'buildah' &&
    command.words[0] === 'inspect' &&
    !command.words.some((word) => word.startsWith('--type'));
  const all = isImage ? ['inspect', '--type', 'image', ...command.words.slice(1)] : command.words;
  const context = command.reads.length === 0 ? folders.context : await snapshotFor(command, options);
  const env = { ...variables, ...folders.environment };
  const { exitCode = 1 } = await attemptProgram(builder.program, all, { cwd: context, env, signal, onLine });
  return exitCode;
}

/** Copies the context to where the hook cannot change it, and checks that what is read is in the copy. */
async function snapshotFor(
  { reads }: DockerCommand,
  { folders, snapshots, signal }: BuilderSocketOptions,
): Promise<string> {
  await mkdir(snapshots, { recursive: true });
  const copy = await realpath(await mkdtemp(join(snapshots, 'context-')));
  await runProgram('cp', ['-a', `${folders.context}/.`, copy], { env: 'inherited', signal });
  for (const path of reads)
    if (!isWithin(await realpath(join(copy, path)), copy))
      throw new Error(`\`${path}\` leads out of the context of the image`);
  return copy;
}
