import { dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import manifest from '../../../../package.json' with { type: 'json' };
import { buildPublished, readImageDefinition } from '../../../image/index.ts';
import { cacheFolder, findAbove, readNamedFile } from '../../../kit/index.ts';
import { openMirror } from '../../../mirror/index.ts';
import { readCosignKey, readTrust } from '../../../notary/index.ts';
import type { CommandContext } from '../../command.ts';
import { withProgress } from '../../progress.ts';
import { jsonOption, keysOption, mirrorAt, trustFlags } from '../mirror/flags.ts';
import {
  historyOption,
  imageArgument,
  imageAt,
  mirrorOption,
  readImageLocks,
  unsignedOption,
  type LayerFlags,
} from './flags.ts';

interface BuildFlags extends LayerFlags {
  readonly lock: readonly string[];
  readonly output: string;
  readonly env?: string;
  readonly repository?: string;
  readonly commit?: string;
  readonly work?: string;
  /** File with the private key that signs the image and its records. */
  readonly signKey?: string;
  readonly smoke: boolean;
}

/** `slipway image build`. */
export function configureBuild(command: Command, context: CommandContext): void {
  command
    .command('build')
    .description('make an image and put it into a layout or a registry')
    .requiredOption(
      '--lock <files...>',
      'the lock (spack.lock) whose packages go into the image; several, each for another platform, make an index of ' +
        'their images',
    )
    .requiredOption(...mirrorOption)
    .requiredOption('--output <image>', imageArgument)
    .option(
      '--env <dir>',
      "the stack's folder: slipway.yaml, and the files that it names (default: this folder, or the one above it that has slipway.yaml)",
    )
    .option('--repository <name>', 'which image of slipway.yaml; without the file, an image on `scratch`')
    .option('--commit <sha>', 'commit that the image is made of, for its label')
    .option(...historyOption)
    .option('--work <dir>', 'folder for new layers and for facts about layers, kept for the next build')
    .option(
      '--sign-key <file>',
      'private key (`cosign.key`, its password in COSIGN_PASSWORD) that signs the image and its records',
    )
    .option('--no-smoke', 'do not test the image: neither its libraries nor the commands of slipway.yaml')
    .option(...keysOption)
    .option(...unsignedOption)
    .option(...jsonOption)
    .action((flags: BuildFlags) => build(flags, context));
}

async function build(flags: BuildFlags, context: CommandContext): Promise<void> {
  const { cwd, env, signal, terminal } = context;
  const folder = stackFolder(flags.env, context);
  const request = {
    definition: await readImageDefinition(folder, flags.repository),
    folder,
    locks: await readImageLocks({ ...flags, folder }, context),
    store: await openMirror(mirrorAt(flags.mirror, context)),
    read: await readTrust(trustFlags(flags, context)),
    output: await imageAt(flags.output, context, 'push'),
    allowUnsigned: flags.unsigned === true,
    // Facts about layers are kept for the next build of this user.
    work: resolve(cwd, flags.work ?? join(cacheFolder(env), 'images')),
    commit: flags.commit,
    toolVersion: manifest.version,
    isSmokeTested: flags.smoke,
    ...(await signerOf(flags, context)),
    env,
    signal,
    note: (line: string) => terminal.note(line),
  };
  const what = { title: 'Sending', isBytes: true };
  const published = await withProgress(terminal, what, (onBytes) => buildPublished({ ...request, onBytes }));
  if (flags.json) terminal.json(published);
  else terminal.data(published.digest);
}

/** Returns the named folder, else that of the nearest slipway.yaml, else the current one. */
function stackFolder(named: string | undefined, { cwd, terminal }: CommandContext): string {
  if (named !== undefined) return resolve(cwd, named);
  const file = findAbove('slipway.yaml', cwd);
  terminal.detail(file === undefined ? 'Stack: no slipway.yaml' : `Stack: ${file}`);
  return file === undefined ? cwd : dirname(file);
}

async function signerOf({ signKey }: BuildFlags, { cwd, env }: CommandContext) {
  if (signKey === undefined) return {};
  const key = readCosignKey(await readNamedFile(signKey, cwd), env.COSIGN_PASSWORD ?? '');
  const { publicKey } = key;
  return { publicKey, sign: async (text: string) => ({ signature: await key.sign(text), publicKey }) };
}
