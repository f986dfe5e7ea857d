import { Option } from 'commander';
import { systemClock } from '../../kit/index.ts';
import { exportSigningKey, generateKey, readSecretKey } from '../../notary/index.ts';
import type { SecretKey } from '../../notary/index.ts';
import type { CommandContext, CommandModule } from '../command.ts';
import { readGivenFile, writeSecretFile } from '../given-file.ts';
import { reSign } from '../key/re-sign.ts';
import type { ReSignFlags } from '../key/re-sign.ts';
import { addRingCommands, exportKeys } from '../key/ring-commands.ts';
import { ringOptions } from '../key/ring-place.ts';
import type { RingFlags } from '../key/ring-place.ts';

interface CreateOptions {
  readonly name: string;
  readonly email: string;
  readonly algorithm: 'rsa4096' | 'ed25519';
  readonly output: string;
  readonly json?: true;
}

interface ImportOptions {
  readonly output: string;
  readonly json?: true;
}

const jsonOption = ['--json', 'print one line of JSON'] as const;
const outputOption = [
  '--output <file>',
  'new file for the secret key, in the form of SPACK_SIGNING_KEY; only its owner can read it',
] as const;

export const configure: CommandModule['configure'] = (command, context) => {
  command.description(
    'Makes, takes over, exchanges and revokes keys that sign mirrors. Secret keys go to files only, never to the terminal.',
  );
  command
    .command('create')
    .description('make a new signing key')
    .option('--name <text>', 'name of its owner', 'Slipway')
    .option('--email <address>', 'address of its owner', 'slipway@localhost')
    .addOption(
      new Option('--algorithm <name>', 'rsa4096 takes seconds, and every gpg reads it')
        .choices(['rsa4096', 'ed25519'])
        .default('rsa4096'),
    )
    .requiredOption(...outputOption)
    .option(...jsonOption)
    .action((options: CreateOptions) => create(options, context));
  command
    .command('import')
    .description('take over a secret key: ASCII-armored, or in the form of SPACK_SIGNING_KEY')
    .argument('<file>', 'file with the key')
    .requiredOption(...outputOption)
    .option(...jsonOption)
    .action((file: string, options: ImportOptions) => importKey(file, options, context));
  ringOptions(command.command('export'))
    .description('print the public keys that count, or write a pair of files as Spack’s tutorial keeps them')
    .argument('[file]', 'file with a secret key; without it the keys of the notary')
    .option(
      '--to <folder>',
      'write `public.key`, and `private.key` in the form of SPACK_SIGNING_KEY, which only its owner can read',
    )
    .action((file: string | undefined, flags: RingFlags) => exportKeys(file, flags, context));
  addRingCommands(command, context);
  ringOptions(command.command('re-sign'))
    .description(
      'where the server runs: sign anew what a revoked key signed, on the mirrors of all stacks and in their views',
    )
    .option('--dry-run', 'only list what would be signed')
    .action((flags: ReSignFlags) => reSign(flags, context));
};

async function create(options: CreateOptions, context: CommandContext): Promise<void> {
  const { name, email, algorithm } = options;
  await keep(await generateKey({ name, email, algorithm, date: new Date(systemClock.now()) }), options, context);
}

async function importKey(file: string, options: ImportOptions, context: CommandContext): Promise<void> {
  await keep(await readSecretKey(await readGivenFile(file, context)), options, context);
}

async function keep(key: SecretKey, { output, json }: ImportOptions, context: CommandContext): Promise<void> {
  await writeSecretFile(output, `${exportSigningKey(key).reveal()}\n`, context);
  if (json) context.terminal.json({ fingerprint: key.fingerprint, file: output });
  else context.terminal.data(`${key.fingerprint} in ${output}`);
}
