import { findJob, readJobLog } from '../../client/index.ts';
import type { CommandContext, CommandModule } from '../command.ts';
import { LogPrinter } from '../log-printer.ts';
import { serverAccess, tokenOption, type AccessOptions } from '../server-access.ts';
import { urlOption } from '../server-url.ts';

interface LogsOptions extends AccessOptions {
  readonly follow?: true;
  readonly stack?: string;
  readonly pipeline?: string;
}

export const configure: CommandModule['configure'] = (command, context) => {
  command
    .description('Print the log of a job, from a running server.')
    .argument('<job>', 'id of the job, or its name or package: then the newest job of that name')
    .option('-f, --follow', 'continue until the job has ended')
    .option('--stack <name>', 'look for the name in this stack only')
    .option('--pipeline <id>', 'look for the name in this pipeline and its children only')
    .option(...urlOption)
    .option(...tokenOption)
    .action((job: string, options: LogsOptions) => logs(context, job, options));
};

async function logs(context: CommandContext, name: string, options: LogsOptions): Promise<void> {
  const { terminal } = context;
  const server = await serverAccess(context, options);
  const job = await findJob(server, { name, stack: options.stack, pipeline: options.pipeline });
  const printer = new LogPrinter(terminal);
  for await (const bytes of readJobLog(server, job.id, options.follow === true)) printer.write(bytes);
  printer.end();
}
