import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import manifest from '../../../package.json' with { type: 'json' };
import { createLogger, logLevelOption } from '../logger.ts';
import type { CommandContext, CommandModule } from '../command.ts';
import { createDemoRepository, demoReport, demoStack, playDemo, type DemoReport } from '../../demo/index.ts';
import { interrupted } from '../interrupted.ts';
import { packageRoot, programEntry } from '../../kit/index.ts';
import { findNamespaceFault } from '../../builder/index.ts';
import { findSandbox } from '../../executor/index.ts';
import { openServer, type RunningServer } from '../../server/index.ts';
import { settingsOf } from '../../coordinator/index.ts';

interface DemoFlags {
  readonly json?: boolean;
  readonly keep?: boolean;
  readonly folder?: string;
  readonly listen: string;
  readonly logLevel: string;
}

export const configure: CommandModule['configure'] = (command, context) => {
  command
    .description(
      'Run an example stack from start to end in a temporary folder: pull request, pipeline, merge, signed mirror, ' +
        'tag, ' +
        'image, run.',
    )
    .option('--json', 'end with the report as one line of JSON')
    .option('--keep', 'leave the server running at the end, until Ctrl-C')
    .option('--folder <folder>', 'use this folder and keep it (default: a temporary one, removed at the end)')
    .option('--listen <address>', 'address and port of the server', '127.0.0.1:0')
    .addOption(logLevelOption('fatal'))
    .action((flags: DemoFlags) => demo(flags, context));
};

async function demo(flags: DemoFlags, context: CommandContext): Promise<void> {
  const { env, cwd, terminal, signal } = context;
  const folder =
    flags.folder === undefined ? await mkdtemp(join(tmpdir(), 'slipway-demo-')) : resolve(cwd, flags.folder);
  try {
    const repository = await createDemoRepository(join(folder, 'git'), env.PATH);
    const fault = await isolationFault();
    if (fault !== undefined) terminal.note(withoutSandbox(fault));
    const settings = settingsOf(
      {
        data: join(folder, 'data'),
        listen: flags.listen,
        stacks: [{ name: demoStack, remote: repository.remote, poll: 2 }],
        runners: [
          { name: 'embedded', embedded: true, containers: false, sandbox: fault === undefined ? 'always' : 'never' },
        ],
      },
      env,
    );
    const log = createLogger(flags.logLevel);
    const server = await openServer({ settings, env, log, version: manifest.version, entry: programEntry() });
    try {
      const example = join(packageRoot(), 'examples', demoStack);
      const outcome = await playDemo({
        server,
        repository,
        example,
        scratch: join(folder, 'image'),
        terminal,
        signal,
      });
      printReport(context, flags, await demoReport(server, outcome));
      if (flags.keep) await keep(context, server);
    } finally {
      await server.stop();
    }
  } finally {
    if (flags.folder === undefined) await rm(folder, { recursive: true, force: true });
  }
}

/** Returns why jobs cannot run in a sandbox, or why builds cannot have the common store in it. */
async function isolationFault(): Promise<Fault | undefined> {
  const sandbox = await findSandbox();
  if (sandbox.mechanism === undefined)
    return { ...sandbox, what: 'No sandbox works on this machine', effect: 'holds its jobs' };
  const namespaces = await findNamespaceFault();
  return namespaces && { ...namespaces, what: 'Builds in a sandbox fail on this machine', effect: 'fails as well' };
}

interface Fault {
  readonly what: string;
  readonly reason: string;
  readonly remedy: string;
  /** What a server does on such a machine. */
  readonly effect: string;
}

function withoutSandbox({ what, reason, remedy, effect }: Fault): string {
  return (
    `${what} (${reason}). The demo runs its own code without one (\`sandbox: never\`); a server of yours ${effect} until ` +
    `you change that. ${remedy}`
  );
}

async function keep({ terminal, signal }: CommandContext, server: RunningServer): Promise<void> {
  terminal.note(`The server goes on at ${server.url}; its data is in ${server.folder.root}. Ctrl-C ends it.`);
  await interrupted(signal);
}

function printReport({ terminal }: CommandContext, flags: DemoFlags, report: DemoReport): void {
  if (flags.json) return terminal.json(report);
  const { pipelines, mirror, image, second, ran } = report;
  terminal.data('');
  terminal.data(ran);
  terminal.data('');
  for (const [index, { status, jobs, seconds }] of pipelines.entries()) {
    terminal.data(`pipeline ${index + 1}   ${status}, ${jobs.success} jobs, ${seconds.toFixed(1)} s`);
  }
  terminal.data(`mirror       ${mirror.specs} packages, ${mirror.signed} signed`);
  terminal.data(`image        ${image.reference}, ${image.layers} layers, ${image.digest}`);
  terminal.data(
    `second       rebuilt ${second.rebuilt.join(', ')}; uploaded ${second.layersUploaded} layer, ` +
      `${second.bytesUploaded} of ${second.bytesTotal} bytes`,
  );
}
