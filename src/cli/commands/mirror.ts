import { IndexPublisher, listEntries, publishedKeys, verifyMirror } from '../../mirror/index.ts';
import type { MirrorFinding } from '../../mirror/index.ts';
import type { CommandContext, CommandModule } from '../command.ts';
import { cliError } from '../errors.ts';
import { openGivenMirror, readTrust } from '../given-mirror.ts';
import type { TrustOptions } from '../given-mirror.ts';
import { configureMigrate } from '../mirror/migrate.ts';
import type { Terminal } from '../terminal.ts';

interface JsonOption {
  readonly json?: true;
}

interface VerifyFlags extends TrustOptions, JsonOption {
  readonly tarballs: boolean;
}

const urlArgument = 'a folder, file://… or s3://bucket/prefix';
const jsonOption = ['--json', 'print one line of JSON'] as const;
const keysOption = [
  '--keys <file>',
  'public keys that entries must be signed with (default: SLIPWAY_TRUSTED_KEYS)',
] as const;
const unsignedOption = ['--unsigned', 'take entries without a signature too'] as const;

export const configure: CommandModule['configure'] = (command, context) => {
  command.description('Looks into a mirror, which is a Spack build cache (layout v3), and keeps it in order.');
  command
    .command('list')
    .description('list the packages of a mirror')
    .argument('<url>', urlArgument)
    .option(...jsonOption)
    .action((url: string, options: JsonOption) => list(url, options, context));
  command
    .command('verify')
    .description('check every entry: signature, hashes, blobs, dependencies, index')
    .argument('<url>', urlArgument)
    .option(...keysOption)
    .option(...unsignedOption)
    .option('--no-tarballs', 'do not read the tarballs, only what describes them')
    .option(...jsonOption)
    .action((url: string, options: VerifyFlags) => verify(url, options, context));
  command
    .command('index')
    .description('make the index again from the entries, if it differs from them')
    .argument('<url>', urlArgument)
    .option(...keysOption)
    .option(...unsignedOption)
    .option(...jsonOption)
    .action((url: string, options: TrustOptions & JsonOption) => index(url, options, context));
  command
    .command('keys')
    .description('print the public keys that a mirror offers; that it offers them is no reason to trust them')
    .argument('<url>', urlArgument)
    .option(...jsonOption)
    .action((url: string, options: JsonOption) => keys(url, options, context));
  configureMigrate(command, context);
};

async function list(url: string, options: JsonOption, context: CommandContext): Promise<void> {
  const entries = [];
  for await (const { name, version, hash } of listEntries(openGivenMirror(url, context))) {
    context.signal.throwIfAborted();
    entries.push({ name, version, hash });
  }
  if (options.json) context.terminal.json({ entries });
  else for (const { name, version, hash } of entries) context.terminal.data(`${name}@${version} /${hash}`);
}

async function verify(url: string, options: VerifyFlags, context: CommandContext): Promise<void> {
  const { terminal, signal } = context;
  const trust = await readTrust(options, context);
  const findings: MirrorFinding[] = [];
  const store = openGivenMirror(url, context);
  for await (const finding of verifyMirror(store, { ...trust, readTarballs: options.tarballs })) {
    signal.throwIfAborted();
    findings.push(finding);
    if (options.json === undefined) printFinding(finding, terminal);
  }
  const faults = findings.filter(isFault).length;
  if (options.json) terminal.json({ ok: faults === 0, findings });
  if (faults > 0) throw cliError('CLI_MIRROR_FAULTY', { mirror: url, count: faults });
  terminal.note(`${findings.filter(({ kind }) => kind === 'ok').length} entries are as they should be`);
}

/** A blob without an entry is only litter: perhaps a push is under way. */
function isFault({ kind }: MirrorFinding): boolean {
  return kind !== 'ok' && kind !== 'blob-unused';
}

function printFinding({ kind, message, remedy }: MirrorFinding, terminal: Terminal): void {
  terminal.data(`${kind}: ${message}`);
  if (remedy !== '') terminal.data(`  remedy: ${remedy}`);
}

async function index(url: string, options: TrustOptions & JsonOption, context: CommandContext): Promise<void> {
  const trust = await readTrust(options, context);
  const { added, dropped, refused } = await new IndexPublisher(openGivenMirror(url, context), trust).rebuild();
  if (options.json) {
    context.terminal.json({ added, dropped, refused });
    return;
  }
  for (const hash of added) context.terminal.data(`added: /${hash}`);
  for (const hash of dropped) context.terminal.data(`dropped: /${hash}`);
  for (const { hash, code, reason } of refused) context.terminal.data(`left out: /${hash}: ${reason} [${code}]`);
  context.terminal.note(added.length + dropped.length === 0 ? 'the index was in order' : 'the index was made again');
}

async function keys(url: string, options: JsonOption, context: CommandContext): Promise<void> {
  const found = await publishedKeys(openGivenMirror(url, context));
  if (options.json) context.terminal.json({ keys: found });
  else for (const { publicKey } of found) context.terminal.data(publicKey.trimEnd());
}
