import { Option } from 'commander';
import { readNamedFile, systemClock, writeSecretFile } from '../../kit/index.ts';
import {
  exportCosignKey,
  exportSigningKey,
  generateCosignKey,
  generateKey,
  readSecretKey,
  type SecretKey,
} from '../../notary/index.ts';
import type { CommandContext, CommandModule } from '../command.ts';
import { addRingCommands } from '../key/ring-commands.ts';

interface CreateOptions {
  readonly name: string;
  readonly email: string;
  readonly algorithm: 'rsa4096' | 'ed25519';
  readonly cosign?: true;
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
    'Create, import, rotate and revoke keys that sign mirrors. Secret keys are written to files only, never to the ' +
      'terminal.',
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
    .option('--cosign', 'a key for images instead, in the form of `cosign generate-key-pair`, under COSIGN_PASSWORD')
    .requiredOption(...outputOption)
    .option(...jsonOption)
    .action((options: CreateOptions) => create(options, context));
  command
    .command('import')
    .description('import a secret key: ASCII-armored, or in the form of SPACK_SIGNING_KEY')
    .argument('<file>', 'file with the key')
    .requiredOption(...outputOption)
    .option(...jsonOption)
    .action((file: string, options: ImportOptions) => importKey(file, options, context));
  addRingCommands(command, context);
};

async function create(options: CreateOptions, context: CommandContext): Promise<void> {
  const { name, email, algorithm, output } = options;
  if (options.cosign) {
    const key = generateCosignKey();
    const secret = exportCosignKey(key, context.env.COSIGN_PASSWORD ?? '');
    await writeSecretFile(output, secret.reveal(), context.cwd);
    if (options.json) return context.terminal.json({ id: key.id, publicKey: key.publicKey, file: output });
    return context.terminal.data(key.publicKey.trimEnd());
  }
  await keep(await generateKey({ name, email, algorithm, date: new Date(systemClock.now()) }), options, context);
}

async function importKey(file: string, options: ImportOptions, context: CommandContext): Promise<void> {
  await keep(await readSecretKey(await readNamedFile(file, context.cwd)), options, context);
}

async function keep(key: SecretKey, { output, json }: ImportOptions, context: CommandContext): Promise<void> {
  await writeSecretFile(output, `${exportSigningKey(key).reveal()}\n`, context.cwd);
  if (json) context.terminal.json({ fingerprint: key.fingerprint, file: output });
  else context.terminal.data(`${key.fingerprint} in ${output}`);
}
