import type { Command } from 'commander';
import { listViews, mirrorError, openCurrentMirror, removeView } from '../../../mirror/index.ts';
import { audited } from '../../audited.ts';
import { addYesOption, confirm, type ConfirmFlags } from '../../confirm.ts';
import type { CommandContext } from '../../command.ts';
import { jsonOption, mirrorAt, urlArgument, type JsonFlag } from './flags.ts';

/** `slipway mirror views|forget`. */
export function configureViews(command: Command, context: CommandContext): void {
  command
    .command('views')
    .description('list the views of locks, from which images are made, and the snapshots of a mirror')
    .argument('<url>', urlArgument)
    .option(...jsonOption)
    .action((url: string, flags: JsonFlag) => views(url, flags, context));
  const forgetCommand = command
    .command('forget')
    .description(
      'show what removing views or snapshots would do; removes them only with --delete. Packages that only they ' +
        'named can then be pruned',
    )
    .argument('<url>', urlArgument)
    .argument('<name...>', 'as `slipway mirror views` prints it: locks/… or snapshots/…')
    .option('--delete', 'really remove them');
  addYesOption(forgetCommand)
    .option(...jsonOption)
    .action((url: string, names: readonly string[], flags: ForgetFlags) => {
      const work = () => forget({ url, names }, flags, context);
      const on = `${url} ${names.join(' ')}`;
      return flags.delete ? audited({ action: 'mirror.forget', on }, context, work) : work();
    });
}

interface ForgetFlags extends JsonFlag, ConfirmFlags {
  readonly delete?: true;
}

async function views(url: string, flags: JsonFlag, context: CommandContext): Promise<void> {
  const found = await listViews(await openCurrentMirror(mirrorAt(url, context)));
  const rows = found.map(({ made, ...view }) => ({ ...view, made: made === undefined ? null : isoTime(made) }));
  if (flags.json) return context.terminal.json({ views: rows });
  for (const { prefix, entries, made, isComplete } of rows)
    context.terminal.data(`${prefix}  ${entries} packages  ${isComplete ? (made ?? '') : 'not complete'}`.trimEnd());
  return undefined;
}

function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

async function forget(
  { url, names }: { url: string; names: readonly string[] },
  flags: ForgetFlags,
  context: CommandContext,
): Promise<void> {
  const { terminal } = context;
  const store = await openCurrentMirror(mirrorAt(url, context));
  const known = new Map((await listViews(store)).map((view) => [view.prefix, view]));
  const prefixes = names.map((name) => name.replace(/\/+$/, ''));
  const absent = prefixes.filter((name) => !known.has(name));
  if (absent.length > 0) throw mirrorError('MIRROR_VIEW_MISSING', { mirror: url, names: absent.join(', ') });
  if (flags.delete && context.prompt !== undefined)
    await confirm(`Remove ${prefixes.join(', ')} from ${url}`, flags, context);
  if (flags.delete) for (const prefix of prefixes) await removeView(store, prefix);
  if (flags.json) return terminal.json({ isDone: flags.delete === true, forgotten: prefixes });
  for (const prefix of prefixes)
    terminal.data(`${flags.delete ? 'removed' : 'would go'}: ${prefix}  ${known.get(prefix)?.entries ?? 0} packages`);
  if (flags.delete !== true) terminal.note('nothing was removed: add --delete for that');
  return undefined;
}
