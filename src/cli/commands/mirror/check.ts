import type { Command } from 'commander';
import {
  isFault,
  layoutsIn,
  mirrorError,
  mirrorFolder,
  openMirrorLayout,
  recordedExpectation,
  removableBefore,
  repairMirror,
  verifyLayout,
  type MirrorFinding,
  type RebuiltIndex,
  type VerifyOptions,
} from '../../../mirror/index.ts';
import { systemClock } from '../../../kit/index.ts';
import { readTrust } from '../../../notary/index.ts';
import { audited } from '../../audited.ts';
import type { CommandContext } from '../../command.ts';
import { withProgress } from '../../progress.ts';
import type { Terminal } from '../../terminal.ts';
import {
  addWriteOptions,
  countEntries,
  mirrorAt,
  openWriter,
  trustFlags,
  urlArgument,
  type WriteFlags,
} from './flags.ts';

interface VerifyFlags extends WriteFlags {
  readonly tarballs: boolean;
  readonly newest?: string;
  readonly repair?: true;
}

/** `slipway mirror verify|index`. */
export function configureCheck(command: Command, context: CommandContext): void {
  const verifyCommand = command
    .command('verify')
    .description('check every entry: signature, hashes, blobs, dependencies, index; detect a replay')
    .argument('<url>', urlArgument)
    .option('--no-tarballs', 'do not read the tarballs, only what describes them')
    .option('--newest <number>', 'the highest number of a statement of the index so far: a lower one is a replay')
    .option('--repair', 'repair what needs no build: index, layout, blobs of no entry');
  addWriteOptions(verifyCommand).action((url: string, flags: VerifyFlags) => {
    const work = () => verify(url, flags, context);
    return flags.repair ? audited({ action: 'mirror.repair', on: url }, context, work) : work();
  });
  const indexCommand = command
    .command('index')
    .description('rebuild the index from the entries, in each layout that exists')
    .argument('<url>', urlArgument);
  addWriteOptions(indexCommand).action((url: string, flags: WriteFlags) =>
    audited({ action: 'mirror.index', on: url }, context, () => index(url, flags, context)),
  );
}

async function verify(url: string, flags: VerifyFlags, context: CommandContext): Promise<void> {
  let findings = await findFaults(url, flags, context);
  let repaired: readonly string[] | undefined;
  if (flags.repair) {
    const { store, publisher } = await openWriter(url, flags, context);
    repaired = await repairMirror(store, findings, { publisher, unusedBefore: removableBefore(systemClock.now()) });
    publisher.close();
    if (repaired.length > 0) findings = await findFaults(url, flags, context);
  }
  const { terminal } = context;
  const faults = findings.filter(isFault).length;
  if (flags.json) terminal.json({ ok: faults === 0, findings, repaired });
  else for (const line of repaired ?? []) terminal.data(`repaired: ${line}`);
  if (faults > 0) throw mirrorError('MIRROR_FAULTY', { mirror: url, count: faults });
  terminal.note(`${findings.filter(({ kind }) => kind === 'ok').length} entries are as they should be`);
}

async function findFaults(url: string, flags: VerifyFlags, context: CommandContext): Promise<readonly MirrorFinding[]> {
  const { terminal, signal } = context;
  const mirror = mirrorAt(url, context);
  const folder = mirrorFolder(mirror);
  const recorded = folder === undefined ? undefined : recordedExpectation(folder);
  const number = Math.max(Number(flags.newest ?? 0), recorded?.number ?? 0);
  const expected = { manifestOf: recorded?.manifestOf, number };
  const options: VerifyOptions = {
    ...(await readTrust(trustFlags(flags, context))),
    readTarballs: flags.tarballs,
    expected,
  };
  const findings: MirrorFinding[] = [];
  const layout = await openMirrorLayout(mirror);
  const total = terminal.isInteractive ? await countEntries(layout) : undefined;
  try {
    await withProgress(terminal, { title: 'Checking' }, async (onProgress) => {
      for await (const finding of verifyLayout(layout, options)) {
        signal.throwIfAborted();
        onProgress(findings.push(finding), total);
        if (flags.json === undefined) printFinding(finding, terminal);
      }
    });
    return findings;
  } finally {
    recorded?.close();
  }
}

function printFinding({ kind, message, remedy }: MirrorFinding, terminal: Terminal): void {
  terminal.data(`${kind}: ${message}`);
  if (remedy !== '') terminal.data(`  remedy: ${remedy}`);
}

async function index(url: string, flags: WriteFlags, context: CommandContext): Promise<void> {
  const { terminal } = context;
  const { kind, store } = await openMirrorLayout(mirrorAt(url, context));
  for (const layout of await layoutsIn(store))
    if (layout.kind === 'v2') await withProgress(terminal, INDEXING, (onProgress) => layout.publishIndex(onProgress));
  const { added, dropped, refused } = kind === 'v2' ? nothing : await rebuildIndex(url, flags, context);
  if (flags.json) {
    terminal.json({ added, dropped, refused });
    return;
  }
  if (kind === 'v2') return terminal.note('the index of layout v2 was made again');
  for (const hash of added) terminal.data(`added: /${hash}`);
  for (const hash of dropped) terminal.data(`dropped: /${hash}`);
  for (const { hash, code, reason } of refused) terminal.data(`left out: /${hash}: ${reason} [${code}]`);
  terminal.note(added.length + dropped.length === 0 ? 'the index was in order' : 'the index was made again');
  return undefined;
}

const INDEXING = { title: 'Indexing packages' };
const nothing: RebuiltIndex = { added: [], dropped: [], refused: [] };

async function rebuildIndex(url: string, flags: WriteFlags, context: CommandContext): Promise<RebuiltIndex> {
  const { publisher } = await openWriter(url, flags, context);
  try {
    return await withProgress(context.terminal, INDEXING, (onProgress) => publisher.rebuild(onProgress));
  } finally {
    publisher.close();
  }
}
