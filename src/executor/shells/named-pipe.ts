import { execFile } from 'node:child_process';
import { closeSync, constants, openSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What a job writes into, and what is read from it. */
export interface OutputPipe {
  /** To be closed once the job's first process has it. */
  readonly writer: number;
  readonly reader: Socket;
}

/**
 * Makes a pipe for the output of a job. Node's own are sockets, which nobody can open by the name `/dev/stdout` or `/dev/stderr`;
 * jobs do. The path is needed only until this returns.
 */
export async function openOutputPipe(path: string): Promise<OutputPipe> {
  await run('mkfifo', ['-m', '600', path]);
  try {
    const { reader, writer } = openNamedPipe(path);
    return { writer, reader: new Socket({ fd: reader, readable: true, writable: false }) };
  } finally {
    rmSync(path, { force: true });
  }
}

/**
 * Both ends of a named pipe, as files. Opening one end waits for the other, so a reader that does not wait comes first, until there
 * is one that does.
 */
export function openNamedPipe(path: string): { readonly reader: number; readonly writer: number } {
  const early = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = openSync(path, constants.O_WRONLY);
  const reader = openSync(path, constants.O_RDONLY);
  closeSync(early);
  return { reader, writer };
}
