import { resolve } from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import { readNamedFile, systemClock, type OnProgress } from '../../../kit/index.ts';
import {
  hashesOfRefs,
  mirrorFolder,
  openCurrentMirror,
  preparePruning,
  prune,
  removableBefore,
  sweepTemporary,
  writeSnapshot,
  type Pruning,
} from '../../../mirror/index.ts';
import { readLockfile } from '../../../spack/index.ts';
import { readOptionalTrust } from '../../../notary/index.ts';
import { audited } from '../../audited.ts';
import type { CommandContext } from '../../command.ts';
import { repeated } from '../../lock-options.ts';
import { withProgress } from '../../progress.ts';
import { confirmPruning } from './confirm-pruning.ts';
import {
  addWriteOptions,
  mirrorAt,
  openWriter,
  readSigner,
  trustFlags,
  urlArgument,
  type WriteFlags,
} from './flags.ts';

interface PruneFlags extends WriteFlags {
  readonly lock: readonly string[];
  readonly ref: readonly string[];
  readonly repository: string;
  readonly days: number;
  readonly delete?: true;
  readonly idle?: true;
  readonly yes?: true;
}

const DAY_MS = 86_400_000;

/** `slipway mirror prune|snapshot`. */
export function configureKeep(command: Command, context: CommandContext): void {
  const pruneCommand = command
    .command('prune')
    .description(
      'show what no lock, image, snapshot or recent build needs; removes it only with --delete. Views (locks/…), ' +
        'from which images are made, and snapshots are always kept, with every package that they name',
    )
    .argument('<url>', urlArgument)
    .option('--lock <file>', 'a spack.lock whose packages stay; may be repeated', repeated, [])
    .option(
      '--ref <ref>',
      'a branch, tag or pattern, whose `spack.lock` files name what stays; may be repeated',
      repeated,
      [],
    )
    .option('--repository <dir>', 'the clone that --ref is about', '.')
    .option('--days <number>', 'entries of the last days stay', daysOf, 30)
    .option('--delete', 'really remove it')
    .option('-y, --yes', 'do not ask for a confirmation; without a terminal: also remove more packages than stay')
    .option('--idle', 'also remove blobs of the last days; only while no push is under way, which could need them');
  addWriteOptions(pruneCommand).action((url: string, flags: PruneFlags) => {
    const work = () => pruneMirror(url, flags, context);
    return flags.delete ? audited({ action: 'mirror.prune', on: url }, context, work) : work();
  });
  const snapshotCommand = command
    .command('snapshot')
    .description('keep the present state of the mirror as a mirror of its own below snapshots/, without copying bytes')
    .argument('<url>', urlArgument)
    .option('--name <name>', 'by default the date, as 2026-01-31');
  addWriteOptions(snapshotCommand).action((url: string, flags: WriteFlags & { name?: string }) =>
    audited({ action: 'mirror.snapshot', on: url }, context, () => snapshot(url, flags, context)),
  );
}

function daysOf(text: string): number {
  const days = Number(text);
  if (days >= 0) return days;
  throw new InvalidArgumentError('It must be a number of days, or 0 to keep nothing for its age.');
}

async function pruneMirror(url: string, flags: PruneFlags, context: CommandContext): Promise<void> {
  const named = new Set(await hashesOfRefs(resolve(context.cwd, flags.repository), flags.ref));
  for (const file of flags.lock)
    for (const hash of readLockfile(await readNamedFile(file, context.cwd), file).nodes.keys()) named.add(hash);
  const { terminal } = context;
  const { store, publisher } = await openWriter(url, flags, context);
  try {
    const now = systemClock.now();
    const blobsSince = flags.idle ? Infinity : removableBefore(now);
    const rules = { named, since: now - flags.days * DAY_MS, blobsSince };
    const pruning = await withProgress(terminal, { title: 'Reading packages' }, (onProgress) =>
      preparePruning(store, { ...rules, onProgress }),
    );
    context.signal.throwIfAborted();
    if (flags.delete) await confirmPruning(pruning, { url, isConfirmed: flags.yes === true }, context);
    const remove = (onProgress: OnProgress) => prune(store, pruning, { publisher, onProgress });
    const removed = flags.delete
      ? await withProgress(terminal, { title: 'Removing packages and blobs' }, remove)
      : pruning.removed;
    const folder = mirrorFolder(mirrorAt(url, context));
    if (flags.delete && folder !== undefined) await sweepTemporary(folder, { before: blobsSince });
    report({ ...pruning, removed }, flags, context);
  } finally {
    publisher.close();
  }
}

function report(pruning: Pruning, flags: PruneFlags, { terminal }: CommandContext): void {
  const { removed, kept, names, unreadable, litter, young, blobs, bytes } = pruning;
  const isDone = flags.delete === true;
  if (flags.json) {
    terminal.json({
      isDone,
      removed,
      kept: Object.fromEntries(kept),
      unreadable,
      blobs: [...blobs, ...litter],
      young,
      bytes,
    });
    return;
  }
  for (const hash of removed) {
    const { name = '', version = '' } = names.get(hash) ?? {};
    terminal.data(`${isDone ? 'removed' : 'would go'}: ${name}@${version} /${hash}`);
  }
  for (const hash of unreadable) terminal.data(`cannot be read, and stays: /${hash}`);
  const what = `${removed.length} entries and ${blobs.length + litter.length} blobs, ${bytes} bytes`;
  terminal.note(`${isDone ? 'removed' : 'would remove'} ${what}; ${kept.size} entries stay`);
  if (young.length > 0)
    terminal.note(`${young.length} blobs of no entry stay until they are eight days old, in case a push needs them`);
  if (!isDone && removed.length + litter.length > 0) terminal.note('nothing was removed: add --delete for that');
}

async function snapshot(url: string, flags: WriteFlags & { name?: string }, context: CommandContext): Promise<void> {
  const store = await openCurrentMirror(mirrorAt(url, context));
  const sign = (await readSigner(flags.signWith, context))?.sign;
  const name = flags.name ?? new Date(systemClock.now()).toISOString().slice(0, 10);
  const read = await readOptionalTrust(trustFlags(flags, context));
  const prefix = await writeSnapshot(store, { name, read, sign });
  if (flags.json) context.terminal.json({ prefix });
  else context.terminal.data(`${store.url.replace(/\/$/, '')}/${prefix}`);
}
