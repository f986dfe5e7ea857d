import { requestJson } from '../../client/index.ts';
import type { CommandContext, CommandModule } from '../command.ts';
import { serverAccess, tokenOption, type AccessOptions } from '../server-access.ts';
import { urlOption } from '../server-url.ts';
import { startBrowser } from '../start-browser.ts';

interface OpenOptions extends AccessOptions {
  readonly pipeline?: string;
  readonly job?: string;
  readonly browser: boolean;
  readonly json?: true;
}

export const configure: CommandModule['configure'] = (command, context) => {
  command
    .description('Open the page of a running server, or print its address if there is no browser.')
    .argument('[stack]', 'the page of this stack')
    .option('--pipeline <id>', 'the page of this pipeline')
    .option('--job <id>', 'the page of this job, with its log')
    .option('--no-browser', 'print the address and open nothing')
    .option(...urlOption)
    .option(...tokenOption)
    .option('--json', 'print one line of JSON, and open nothing')
    .action((stack: string | undefined, options: OpenOptions) => open(context, stack, options));
};

async function open(context: CommandContext, stack: string | undefined, options: OpenOptions): Promise<void> {
  const { env, terminal } = context;
  const server = await serverAccess(context, options);
  const { url } = server;
  const path = pathOf(stack, options);
  // A missing stack, pipeline or job is an error of the command, not a page that reports it.
  await requestJson(server, `/api/v1${path === '/' ? '/stacks' : path}`);
  if (options.json) return terminal.json({ url: `${url}${path}` });
  terminal.data(`${url}${path}`);
  if (options.browser && terminal.isInteractive) startBrowser(`${url}${path}`, env);
}

function pathOf(stack: string | undefined, { pipeline, job }: OpenOptions): string {
  if (job !== undefined) return `/jobs/${encodeURIComponent(job)}`;
  if (pipeline !== undefined) return `/pipelines/${encodeURIComponent(pipeline)}`;
  return stack === undefined ? '/' : `/stacks/${encodeURIComponent(stack)}`;
}
