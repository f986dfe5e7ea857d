import { existsSync } from 'node:fs';
import { Option } from 'commander';
import {
  auditError,
  csvHeader,
  csvLine,
  followAudit,
  readAudit,
  readMoment,
  verifyAudit,
  type AuditFilter,
} from '../../audit/index.ts';
import { readServedAudit, type ServerAccess } from '../../client/index.ts';
import { dataFolder } from '../../coordinator/index.ts';
import { systemClock } from '../../kit/index.ts';
import type { AuditRecord } from '../../protocol/index.ts';
import type { CommandContext, CommandModule } from '../command.ts';
import { cliError } from '../errors.ts';
import { addSourceOptions, recordSource, type SourceOptions } from '../stored-or-served.ts';

interface AuditOptions extends SourceOptions, AuditFilter {
  readonly json?: true;
  readonly csv?: true;
  readonly follow?: true;
  readonly verify?: true;
  readonly head?: string;
}

export const configure: CommandModule['configure'] = (command, context) => {
  addSourceOptions(command)
    .description('Print who did what, and what was refused: the audit log in the data folder, or that of a server.')
    .option('--since <time>', 'from this date or time on (UTC), or for the last 90m, 12h or 7d')
    .option('--until <time>', 'before this date or time, or age')
    .option('--stack <name>', 'only of this stack')
    .option('--who <name>', 'only by this account, job or runner; `*` stands for any text, as in `account:*`')
    .option('--action <name>', 'only this action; `*` stands for any text, as in `job.*`')
    .addOption(new Option('--outcome <outcome>', 'only with this outcome').choices(['done', 'refused', 'failed']))
    .option('-f, --follow', 'print new records as they are written')
    .option('--verify', 'instead, check that no record was changed or removed')
    .option('--head <sha256>', 'with --verify: fail unless the log contains this record, the last one of a copy')
    .addOption(new Option('--json', 'one line of JSON for each record').conflicts('csv'))
    .addOption(new Option('--csv', 'comma-separated values').conflicts('json'))
    .action((options: AuditOptions) => audit(context, options));
};

async function audit(context: CommandContext, options: AuditOptions): Promise<void> {
  const { terminal, signal } = context;
  const source = await recordSource(context, options);
  if ('server' in source) return printServed(source.server, options, context);
  const { audit: folder } = dataFolder(source.configuration.data);
  if (!existsSync(folder)) throw auditError('AUDIT_NONE', { folder });
  if (options.verify) return verify(context, folder, options);
  const print = printer(context, options);
  const filter = filterOf(options);
  if (options.csv) terminal.data(csvHeader);
  let after = 0;
  for (const record of readAudit(folder, filter)) {
    print(record);
    after = record.sequence;
  }
  if (options.follow) for await (const record of followAudit(folder, filter, { after, signal })) print(record);
}

async function printServed(server: ServerAccess, options: AuditOptions, context: CommandContext): Promise<void> {
  if (options.verify || options.follow) {
    const message = '`--verify` and `--follow` read the data folder, and not a server';
    throw cliError('CLI_USAGE', { message, program: 'slipway audit' });
  }
  const print = printer(context, options);
  const { since, until, stack, who, action, outcome } = options;
  if (options.csv) context.terminal.data(csvHeader);
  for await (const record of readServedAudit(server, { since, until, stack, who, action, outcome })) print(record);
}

function verify({ terminal }: CommandContext, folder: string, { head, json }: AuditOptions): void {
  const checked = verifyAudit(folder, head);
  if (json) return terminal.json({ folder, ...checked });
  const since = checked.first === 1 ? '' : `, from number ${checked.first} on (older ones have expired)`;
  terminal.data(`${checked.records} records, each after the other${since}; the last one is ${checked.head}`);
}

function filterOf({ since, until, stack, who, action, outcome }: AuditOptions): AuditFilter {
  const moment = (value?: string) => (value === undefined ? undefined : readMoment(value, systemClock.now()));
  return { since: moment(since), until: moment(until), stack, who, action, outcome };
}

function printer({ terminal }: CommandContext, { json, csv }: AuditOptions): (record: AuditRecord) => void {
  if (json) return (record) => terminal.json(record);
  if (csv) return (record) => terminal.data(csvLine(record));
  return (record) => terminal.data(lineOf(record));
}

function lineOf({ time, who, from, action, stack, on, outcome, reason, details }: AuditRecord): string {
  const about = [stack, on].filter((one) => one !== undefined && one !== '').join(' ');
  const more = Object.entries(details ?? {}).map(([name, value]) => `${name}=${String(value)}`);
  const place = from === undefined ? '' : ` (${from})`;
  const parts = [
    `${time} ${outcome} ${action}`,
    about,
    `by ${who}${place}`,
    more.join(' '),
    reason ? `— ${reason}` : '',
  ];
  // Others choose some of these texts: control characters would move the cursor or hide a line.
  return parts
    .filter((part) => part !== '')
    .join('  ')
    .replaceAll(/\p{Cc}/gu, '�');
}
