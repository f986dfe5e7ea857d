import { resolve } from 'node:path';
import { Option } from 'commander';
import { readNamedFile } from '../../kit/index.ts';
import { forgetVariables } from '../forget-variables.ts';
import { createLogger, logLevelFor, logLevelOption } from '../logger.ts';
import { notaryError, readSigningLog, verifySigningLog, type SigningRecord } from '../../notary/index.ts';
import type { CommandContext, CommandModule } from '../command.ts';
import { interrupted } from '../interrupted.ts';
import { loadNotaryConfiguration, openNotary, serveSupervised } from '../../server/index.ts';
import { revealSecret } from '../../coordinator/index.ts';

interface RunOptions {
  readonly config?: string;
  readonly logLevel?: string;
  readonly supervised?: true;
}

interface LogOptions {
  readonly head?: string;
  readonly show?: true;
  readonly json?: true;
}

export const configure: CommandModule['configure'] = (command, context) => {
  command
    .description(
      'Run the notary alone: the process that has the signing keys. `slipway serve` starts one of its own; this is ' +
        'for a ' +
        'host where nothing else runs.',
    )
    .option('-c, --config <file>', 'configuration (default: slipway.notary.yaml)')
    .addOption(logLevelOption())
    .addOption(new Option('--supervised', 'started by `slipway serve`').hideHelp())
    .action((options: RunOptions) => run(options, context));
  command
    .command('log')
    .description('check that the log of what was signed is whole: each record names the one before it')
    .argument('<file>', 'the log of a stack: `logs/<stack>.jsonl` in the folder of the notary')
    .option('--head <sha256>', 'last record of a copy of the log: fails unless the log begins with it')
    .option('--show', 'print the records as well')
    .option('--json', 'print one line of JSON')
    .action((file: string, options: LogOptions) => checkLog(file, options, context));
};

async function run({ config, logLevel, supervised }: RunOptions, context: CommandContext): Promise<void> {
  const log = createLogger(logLevel ?? logLevelFor(context.terminal.verbosity));
  const { env, cwd, terminal, signal } = context;
  // The server's environment has secrets of stacks too.
  forgetVariables((name) => !/^(?:PATH|HOME|LANG|LC_\w+|TZ|TMPDIR|NODE_\w+)$/.test(name));
  if (supervised) return serveSupervised({ env, log, reply: (line) => terminal.json(line) });
  const { configuration, base } = await loadNotaryConfiguration(config, cwd);
  const token = await revealSecret(configuration.token, { env, base, purpose: 'token' });
  const notary = await openNotary({ configuration, base, token, env, log });
  terminal.data(`listening on ${notary.address}`);
  await interrupted(signal);
  await notary.close();
}

async function checkLog(file: string, { head, show, json }: LogOptions, context: CommandContext): Promise<void> {
  const text = await readNamedFile(file, context.cwd);
  const checked = verifySigningLog(text, head);
  const path = resolve(context.cwd, file);
  if (json) return context.terminal.json({ file: path, ...checked, log: show && readSigningLog(text) });
  if (show) for (const record of readSigningLog(text)) context.terminal.data(lineOf(record));
  if (head !== undefined && !checked.hasHead) throw notaryError('NOTARY_LOG_HEAD_MISSING', { head, file });
  context.terminal.data(`${checked.lines} records, each after the other; the last one is ${checked.head}`);
}

function lineOf(record: SigningRecord & { readonly time: string }): string {
  const { time, action } = record;
  if (action === 'image') return `${time} image ${record.image} as ${record.reference} for pipeline ${record.pipeline}`;
  if (action === 'index') return `${time} index ${record.number}${record.root === '' ? '' : ` of ${record.root}`}`;
  if (action === 'identity')
    return `${time} identity of pipeline ${record.externalPipeline} of ${record.project} for pipeline ${record.pipeline}`;
  const entry = `${record.name}@${record.version}/${record.hash.slice(0, 7)}`;
  const client = action === 'renewed' ? '' : ` for job ${record.job} of pipeline ${record.pipeline}`;
  return `${time} ${action} ${entry} with ${record.fingerprint.slice(-16)}${client}`;
}
