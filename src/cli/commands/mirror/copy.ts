import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { readNamedFile } from '../../../kit/index.ts';
import {
  copyEntries,
  listEntries,
  openCurrentMirror,
  packagesOfLock,
  type Copied,
  type ObjectStore,
} from '../../../mirror/index.ts';
import { readLockfile, type BuildcacheName } from '../../../spack/index.ts';
import { readTrust } from '../../../notary/index.ts';
import { audited } from '../../audited.ts';
import type { CommandContext } from '../../command.ts';
import { withProgress } from '../../progress.ts';
import { addWriteOptions, mirrorAt, openWriter, trustFlags, urlArgument, type WriteFlags } from './flags.ts';

interface Ends {
  readonly from: string;
  readonly to: string;
}

/** `slipway mirror copy|promote`. */
export function configureCopy(command: Command, context: CommandContext): void {
  const add = (name: string, description: string) =>
    addWriteOptions(
      command.command(name).description(description).argument('<from>', urlArgument).argument('<to>', urlArgument),
    );
  add('copy', 'copy every package with its signature; what is there already is not sent').action(
    (from: string, to: string, flags: WriteFlags) =>
      audited({ action: 'mirror.copy', on: to }, context, () => copy({ from, to }, flags, context)),
  );
  add('promote', 'copy just the packages of a lock with their signatures, or nothing if one is missing or wrong')
    .requiredOption('--lock <file>', 'the spack.lock')
    .action((from: string, to: string, flags: WriteFlags & { lock: string }) =>
      audited({ action: 'mirror.promote', on: to }, context, () => copy({ from, to }, flags, context)),
    );
}

async function copy({ from, to }: Ends, flags: WriteFlags & { lock?: string }, context: CommandContext): Promise<void> {
  const { terminal, signal } = context;
  const source = await openCurrentMirror(mirrorAt(from, context));
  const ids = flags.lock === undefined ? await everything(source) : await ofLock(flags.lock, context);
  const { store, publisher } = await openWriter(to, flags, context);
  const scratch = await mkdtemp(join(context.env.TMPDIR ?? tmpdir(), 'slipway-copy-'));
  const copied: Copied[] = [];
  try {
    const options = { ids, read: await readTrust(trustFlags(flags, context)), publisher, scratch, signal };
    await withProgress(terminal, { title: 'Copying packages' }, async (onProgress) => {
      for await (const one of copyEntries(source, store, options)) {
        const { name, version, hash, isNew } = one;
        onProgress(copied.push(one), ids.length);
        if (flags.json === undefined && isNew) terminal.data(`copied: ${name}@${version} /${hash}`);
      }
    });
  } finally {
    publisher.close();
    await rm(scratch, { recursive: true, force: true });
  }
  if (flags.json) terminal.json({ copied });
  const fresh = copied.filter(({ isNew }) => isNew).length;
  terminal.note(`${fresh} copied, ${copied.length - fresh} were there`);
}

async function everything(source: ObjectStore): Promise<readonly BuildcacheName[]> {
  const ids: BuildcacheName[] = [];
  for await (const id of listEntries(source)) ids.push(id);
  return ids;
}

async function ofLock(file: string, context: CommandContext): Promise<readonly BuildcacheName[]> {
  return packagesOfLock(readLockfile(await readNamedFile(file, context.cwd), file, { checkHashes: true }));
}
