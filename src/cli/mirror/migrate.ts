import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { readNamedFile } from '../../kit/index.ts';
import {
  detectLayout,
  importOldest,
  isOldest,
  migrateMirror,
  parseRegistryUrl,
  v2Layout,
  v3Layout,
} from '../../mirror/index.ts';
import type { Layout, Migrated } from '../../mirror/index.ts';
import { createSigner, readSecretKey } from '../../notary/index.ts';
import type { Signer } from '../../notary/index.ts';
import type { CommandContext } from '../command.ts';
import { cliError } from '../errors.ts';
import { openGivenMirror, readDetachedTrust, readTrust } from '../given-mirror.ts';
import type { TrustOptions } from '../given-mirror.ts';
import { requireMirror } from './mirror-flags.ts';

interface MigrateFlags extends TrustOptions {
  readonly to: 'v2' | 'v3';
  readonly signWith?: string;
  readonly json?: true;
}

/** `slipway mirror migrate FROM TO`. */
export function configureMigrate(command: Command, context: CommandContext): void {
  command
    .command('migrate')
    .description('take a mirror over into another, or into another layout; bytes that are there are not sent again')
    .argument('<from>', 'a folder, file://…, s3://bucket/prefix, oci://registry/repository, or https://… to read')
    .argument('<to>', 'where to: any of these but https://…; the same as <from> for another layout in the same place')
    .option('--to <layout>', 'v3, or v2 for Spack 0.19 to 0.23', 'v3')
    .option(
      '--sign-with <file>',
      'secret key for entries that can not keep their signature; without it they go unsigned',
    )
    .option('--keys <file>', 'public keys that entries of <from> must be signed with (default: SLIPWAY_TRUSTED_KEYS)')
    .option('--unsigned', 'take over entries without a signature too')
    .option('--json', 'print one line of JSON')
    .action((from: string, to: string, flags: MigrateFlags) => migrate({ from, to }, flags, context));
}

async function migrate(
  ends: { readonly from: string; readonly to: string },
  flags: MigrateFlags,
  context: CommandContext,
): Promise<void> {
  const signer = flags.signWith === undefined ? undefined : await readSigner(flags.signWith, context);
  const { from, to } = await openEnds(ends, flags, context);
  const scratch = await mkdtemp(join(context.env.TMPDIR ?? tmpdir(), 'slipway-migrate-'));
  const done: Migrated[] = [];
  try {
    const sign = signer === undefined ? {} : { sign: (text: string) => signer.sign(text) };
    const options = { scratch, signal: context.signal, ...sign };
    const moving = (await isOldest(from.store))
      ? importOldest(from.store, to, { ...(await readDetachedTrust(flags, context)), ...options })
      : migrateMirror(from, to, { read: await readTrust(flags, context), ...options });
    for await (const one of moving) {
      done.push(one);
      if (flags.json === undefined) context.terminal.data(lineOf(one));
    }
    if (signer !== undefined) await to.publishKeys([signer]);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  report(done, ends, { flags, context });
}

async function openEnds(
  ends: { readonly from: string; readonly to: string },
  flags: MigrateFlags,
  context: CommandContext,
): Promise<{ from: Layout; to: Layout }> {
  if (flags.to !== 'v2' && flags.to !== 'v3') throw cliError('CLI_LAYOUT_UNKNOWN', { layout: String(flags.to) });
  requireMirror(ends.from, context);
  const source = await openGivenMirror(ends.from, context);
  const [one, other] = [parseRegistryUrl(ends.from), parseRegistryUrl(ends.to)];
  const mountFrom = one !== undefined && one.registry === other?.registry ? [one.repository] : [];
  const isSame = ends.from === ends.to;
  const target = isSame ? source : await openGivenMirror(ends.to, context, { mountFrom });
  const to = flags.to === 'v2' ? v2Layout(target) : v3Layout(target);
  if (!isSame) return { from: await detectLayout(source), to };
  // In one place the source is the layout that the target is not.
  return { from: flags.to === 'v2' ? v3Layout(source) : v2Layout(source), to };
}

async function readSigner(file: string, context: CommandContext): Promise<Signer> {
  return createSigner(await readSecretKey(await readNamedFile(file, context.cwd)));
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
  if (refused > 0) throw cliError('CLI_MIGRATE_REFUSED', { from: ends.from, count: refused });
  const sent = count(({ tarball }) => tarball === 'sent');
  terminal.note(
    `${done.length} entries are on ${ends.to}; ${sent} tarballs were sent, the others shared or there already`,
  );
}
