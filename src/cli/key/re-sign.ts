import { programEntry } from '../../kit/index.ts';
import { notaryError } from '../../notary/index.ts';
import { reSign, type ReSigned } from '../../server/index.ts';
import type { CommandContext } from '../command.ts';
import { createLogger } from '../logger.ts';
import { readServerSettings } from '../server-settings.ts';
import type { ReSignFlags } from './ring-flags.ts';

/** Prints each entry that is signed again or refused. Throws NOTARY_NOT_RE_SIGNED if one is refused. */
export async function reSignMirrors(flags: ReSignFlags, context: CommandContext): Promise<void> {
  const { env, terminal } = context;
  const settings = await readServerSettings(flags, context);
  const log = createLogger('silent');
  const entries: ReSigned[] = [];
  for await (const one of reSign({ settings, env, log, entry: programEntry(), isDryRun: flags.dryRun === true })) {
    entries.push(one);
    if (!flags.json) terminal.data(`${one.stack} ${one.entry} ${one.code ?? one.done}`);
  }
  if (flags.json) terminal.json({ entries });
  const refused = entries.filter(({ done }) => done === 'refused').length;
  if (refused > 0) throw notaryError('NOTARY_NOT_RE_SIGNED', { count: refused });
}
