import { setTimeout as sleep } from 'node:timers/promises';
import type { PipelineView } from '../../protocol/index.ts';
import { requestJson, type ServerAccess } from '../../client/index.ts';
import type { CommandContext, CommandModule } from '../command.ts';
import { cliError } from '../errors.ts';
import { splitVariable } from '../split-variable.ts';
import { addAccessOptions, serverAccess, type AccessOptions } from '../server-access.ts';

interface TriggerOptions extends AccessOptions {
  readonly json?: true;
  readonly stack: string;
  readonly ref: string;
  readonly sha?: string;
  readonly variable?: readonly string[];
  readonly wait?: true;
}

interface Answer {
  readonly id: string;
  readonly url: string;
  readonly status: string;
}

const INTERVAL_MS = 1000;
const FINAL = new Set(['success', 'failed', 'canceled', 'skipped']);

export const configure: CommandModule['configure'] = (command, context) => {
  command
    .description('Start a pipeline for a branch, on a running server.')
    .requiredOption('--stack <name>', "the stack's name at the server")
    .requiredOption('--ref <branch>', 'branch; a protected one makes a protected pipeline')
    .option('--sha <sha>', 'whole SHA of a commit of that branch (default: its newest)')
    .option('--variable <key=value...>', 'variable of the pipeline; wins over the ones of the stack and of jobs')
    .option('--wait', 'wait for the end; the exit status is the result');
  addAccessOptions(command)
    .option('--json', 'print one line of JSON')
    .action((options: TriggerOptions) => trigger(context, options));
};

async function trigger(context: CommandContext, options: TriggerOptions): Promise<void> {
  const { terminal } = context;
  const { stack, ref, sha, json, wait } = options;
  const variables = Object.fromEntries((options.variable ?? []).map((one) => splitVariable(one, 'slipway trigger')));
  const access = await serverAccess(context, options);
  const path = `/api/v1/stacks/${encodeURIComponent(stack)}/trigger`;
  const begun = await requestJson<Answer>(access, path, { ref, sha, variables });
  const status = wait === true ? await follow(context, access, begun) : begun.status;
  if (json === true) terminal.json({ ...begun, status });
  else terminal.data(`pipeline ${begun.id}: ${status}  ${begun.url}`);
  if (wait === true && status !== 'success')
    throw cliError('CLI_PIPELINE_FAILED', { id: begun.id, status, url: begun.url });
}

async function follow({ terminal, signal }: CommandContext, access: ServerAccess, { id }: Answer): Promise<string> {
  for (;;) {
    const { status } = await requestJson<PipelineView>(access, `/api/v1/pipelines/${id}`);
    if (FINAL.has(status)) return status;
    terminal.progress(`pipeline ${id}: ${status}`);
    await sleep(INTERVAL_MS, undefined, { signal });
  }
}
