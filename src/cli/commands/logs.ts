import { setTimeout as sleep } from 'node:timers/promises';
import type { JobDetail } from '../../protocol/index.ts';
import { askServer } from '../ask-server.ts';
import type { CommandContext, CommandModule } from '../command.ts';
import { cliError } from '../errors.ts';
import { findJob } from '../find-job.ts';
import { LogPrinter } from '../log-printer.ts';
import { serverUrl, urlOption } from '../server-url.ts';

interface LogsOptions {
  readonly follow?: true;
  readonly stack?: string;
  readonly url?: string;
}

const INTERVAL_MS = 500;
const PIECE_BYTES = 1024 * 1024;
const FINAL = new Set(['success', 'failed', 'canceled', 'skipped']);

export const configure: CommandModule['configure'] = (command, context) => {
  command
    .description('Print the log of a job, from a server that runs.')
    .argument('<job>', "the job's id, or its name: then the newest job of that name")
    .option('-f, --follow', 'go on until the job has ended')
    .option('--stack <name>', 'look for the name in this stack only')
    .option(...urlOption)
    .action((job: string, options: LogsOptions) => logs(context, job, options));
};

async function logs(context: CommandContext, wanted: string, options: LogsOptions): Promise<void> {
  const { terminal, signal } = context;
  const url = await serverUrl(context, options.url);
  const job = await findJob({ url, signal }, { wanted, stack: options.stack });
  const printer = new LogPrinter(terminal);
  let offset = 0;
  for (;;) {
    // Asked before the log is read: what a job writes before its end is then read after the end was seen.
    const { job: now } = await askServer<JobDetail>({ url }, `/api/v1/jobs/${job.id}`, { signal });
    for (
      let bytes = await readLog({ url, signal }, job.id, offset);
      bytes.length > 0;
      bytes = await readLog({ url, signal }, job.id, offset)
    ) {
      offset += bytes.length;
      printer.write(bytes);
    }
    if (options.follow !== true || FINAL.has(now.status)) break;
    await sleep(INTERVAL_MS, undefined, { signal });
  }
  printer.end();
}

interface Reading {
  readonly url: string;
  readonly signal: AbortSignal;
}

async function readLog({ url, signal }: Reading, job: string, offset: number): Promise<Uint8Array> {
  const address = `${url.replace(/\/$/, '')}/api/v1/jobs/${job}/log?offset=${offset}&limit=${PIECE_BYTES}`;
  const response = await fetch(address, { signal });
  // A runner that sends its log again may have made it shorter for a while.
  if (response.status === 416) return new Uint8Array();
  if (!response.ok)
    throw cliError('CLI_SERVER_REFUSED', { url: address, status: response.status, reason: response.statusText });
  return new Uint8Array(await response.arrayBuffer());
}
