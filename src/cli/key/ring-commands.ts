import type { Command } from 'commander';
import type { CommandContext } from '../command.ts';
import { addYesOption, type ConfirmFlags } from '../confirm.ts';
import { ringOptions, type ExportFlags, type ReSignFlags, type RingFlags, type RotateFlags } from './ring-flags.ts';

/** Adds the commands that work on the keys of a notary. Each loads what it needs, since the server is large. */
export function addRingCommands(command: Command, context: CommandContext): void {
  const changing = async (action: string, { config, data, folder: on }: RingFlags, work: () => Promise<void>) => {
    const { audited } = await import('../audited.ts');
    return audited({ action: `key.${action}`, on, server: { config, data } }, context, work);
  };
  const changingRing = async (action: string, flags: RingFlags, work: () => Promise<void>) => {
    const { asRingOwner } = await import('./open-ring.ts');
    return changing(action, flags, () => asRingOwner(flags, context, work));
  };
  ringOptions(command.command('export'))
    .description('print the public keys that count, or write a pair of files as Spack’s tutorial keeps them')
    .argument('[file]', 'file with a secret key; without it the keys of the notary')
    .option(
      '--images',
      'the public keys of images instead: the one that signs (`cosign.pub`), then those of older images',
    )
    .option(
      '--to <folder>',
      'write `public.key`, and `private.key` in the form of SPACK_SIGNING_KEY, which only its owner can read',
    )
    .action((file: string | undefined, flags: ExportFlags) => {
      const work = async () => (await actions()).exportKeys(file, flags, context);
      return flags.to === undefined ? work() : changing('export', flags, work);
    });
  ringOptions(command.command('list'))
    .description('list the keys of the notary, and the use of each')
    .action(async (flags: RingFlags) => (await actions()).list(flags, context));
  ringOptions(command.command('rotate'))
    .description('sign with another key from now on; signatures of the previous key stay valid until it is revoked')
    .argument('[file]', 'secret key; without it a new one is made')
    .option('--images', 'replace the key that images are signed with')
    .action((file: string | undefined, flags: RotateFlags) =>
      changingRing('rotate', flags, async () => (await actions()).rotate(file, flags, context)),
    );
  ringOptions(command.command('accept'))
    .description('accept signatures of other keys, such as those of a migrated mirror')
    .argument('<file>', 'public keys, ASCII-armored')
    .action((file: string, flags: RingFlags) =>
      changingRing('accept', flags, async () => (await actions()).accept(file, flags, context)),
    );
  addYesOption(ringOptions(command.command('revoke')))
    .description('stop accepting signatures of this key, and list what must be signed again')
    .argument('<key>', 'fingerprint, or its last 16 digits')
    .action((key: string, flags: RingFlags & ConfirmFlags) =>
      changingRing('revoke', flags, async () => (await actions()).revoke(key, flags, context)),
    );
  ringOptions(command.command('re-sign'))
    .description(
      'where the server runs: sign again what a revoked key signed, on the mirrors of all stacks and in their views',
    )
    .option('--dry-run', 'only list what would be signed')
    .action((flags: ReSignFlags) =>
      changing('re-sign', flags, async () => (await import('./re-sign.ts')).reSignMirrors(flags, context)),
    );
}

function actions() {
  return import('./ring-actions.ts');
}
