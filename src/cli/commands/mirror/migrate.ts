import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Option, type Command } from 'commander';
import {
  importOldest,
  isOldest,
  migrateMirror,
  mirrorError,
  openMigration,
  type Migrated,
} from '../../../mirror/index.ts';
import { readDetachedTrust, readTrust } from '../../../notary/index.ts';
import { audited } from '../../audited.ts';
import type { CommandContext } from '../../command.ts';
import { withProgress } from '../../progress.ts';
import { countEntries, mirrorAt, readSigner, trustFlags, type TrustFlags } from './flags.ts';

interface MigrateFlags extends TrustFlags {
  readonly to: 'v2' | 'v3';
  readonly signWith?: string;
  readonly json?: true;
}

/** `slipway mirror migrate FROM TO`. */
export function configureMigrate(command: Command, context: CommandContext): void {
  command
    .command('migrate')
    .description('migrate a mirror to another, or to another layout; bytes that exist there are not sent again')
    .argument('<from>', 'a folder, file://…, s3://bucket/prefix, oci://registry/repository, or https://… to read')
    .argument('<to>', 'where to: any of these but https://…; the same as <from> for another layout of that mirror')
    .addOption(new Option('--to <layout>', 'v3, or v2 for Spack 0.19 to 0.23').choices(['v3', 'v2']).default('v3'))
    .option(
      '--sign-with <file>',
      'secret key for entries that cannot keep their signature; without it they go unsigned',
    )
    .option('--keys <file>', 'public keys that entries of <from> must be signed with (default: SLIPWAY_TRUSTED_KEYS)')
    .option('--unsigned', 'migrate entries without a signature too')
    .option('--json', 'print one line of JSON')
    .action((from: string, to: string, flags: MigrateFlags) =>
      audited({ action: 'mirror.migrate', on: to }, context, () => migrate({ from, to }, flags, context)),
    );
}

async function migrate(
  ends: { readonly from: string; readonly to: string },
  flags: MigrateFlags,
  context: CommandContext,
): Promise<void> {
  const signer = await readSigner(flags.signWith, context);
  const trust = trustFlags(flags, context);
  const { from, to } = await openMigration({ from: mirrorAt(ends.from, context), to: ends.to, layout: flags.to });
  const scratch = await mkdtemp(join(context.env.TMPDIR ?? tmpdir(), 'slipway-migrate-'));
  const done: Migrated[] = [];
  try {
    const options = { scratch, signal: context.signal, sign: signer?.sign };
    const oldest = await isOldest(from.store);
    const total = oldest || !context.terminal.isInteractive ? undefined : await countEntries(from);
    const moving = oldest
      ? importOldest(from.store, to, { ...(await readDetachedTrust(trust)), ...options })
      : migrateMirror(from, to, { read: await readTrust(trust), ...options });
    await withProgress(context.terminal, { title: 'Migrating packages' }, async (onProgress) => {
      for await (const one of moving) {
        onProgress(done.push(one), total);
        if (flags.json === undefined) context.terminal.data(lineOf(one));
      }
    });
    if (signer !== undefined) await to.publishKeys([signer]);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  report(done, ends, { flags, context });
}

function lineOf({ entry, tarball, signature, reason }: Migrated): string {
  if (signature === 'refused') return `refused: ${entry}: ${reason}`;
  return `${entry}: tarball ${tarball}, signature ${signature}`;
}

function report(
  done: readonly Migrated[],
  ends: { readonly from: string; readonly to: string },
  { flags, context }: { flags: MigrateFlags; context: CommandContext },
): void {
  const { terminal } = context;
  const count = (test: (one: Migrated) => boolean) => done.filter(test).length;
  const refused = count(({ signature }) => signature === 'refused');
  const lost = count(({ signature }) => signature === 'lost');
  if (flags.json) terminal.json({ ok: refused === 0, layout: flags.to, entries: done });
  if (lost > 0)
    terminal.note(`warning: ${lost} entries were signed and are not any more; sign them with --sign-with <secret key>`);
  if (refused > 0) throw mirrorError('MIRROR_MIGRATE_REFUSED', { from: ends.from, count: refused });
  const sent = count(({ tarball }) => tarball === 'sent');
  terminal.note(
    `${done.length} entries are on ${ends.to}; ${sent} tarballs were sent, the others shared or there already`,
  );
}
