import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { openImage, startCommand } from '../../../image/index.ts';
import { removeTree, spawnProgram } from '../../../kit/index.ts';
import { readImage, type Image } from '../../../oci/index.ts';
import type { CommandContext } from '../../command.ts';
import { cliError } from '../../errors.ts';
import { ExitStatus } from '../../exit-status.ts';
import { imageArgument, imageAt } from './flags.ts';
import { waitForImage } from './wait-for-image.ts';

interface RunFlags {
  readonly wait?: true;
  readonly timeout?: number;
  readonly sandbox: 'always' | 'never';
}

/** `slipway image run`. */
export function configureRun(command: Command, context: CommandContext): void {
  command
    .command('run')
    .description('run the command of an image with the files of the image alone; no container engine is needed')
    .argument('<image>', imageArgument)
    .argument('[command...]', 'run this instead of the image’s own command; put `--` before it if it has options')
    .option('--wait', 'wait until the image is published')
    .option(
      '--timeout <seconds>',
      'how long to wait (default: an hour for the image, a minute for a registry that does not answer); implies --wait',
      secondsOf,
    )
    .addOption(
      new Option('--sandbox <mode>', '`never` runs it without a sandbox if none works on this machine')
        .choices(['always', 'never'])
        .default('always'),
    )
    .action((name: string, words: readonly string[], flags: RunFlags) => run(name, { words, flags }, context));
}

function secondsOf(text: string): number {
  const seconds = Number(text);
  if (text.trim() !== '' && seconds >= 0) return seconds;
  throw new InvalidArgumentError('It must be a number of seconds, or 0 to try once.');
}

async function run(
  name: string,
  { words, flags }: { readonly words: readonly string[]; readonly flags: RunFlags },
  context: CommandContext,
): Promise<void> {
  const image = await find(name, flags, context);
  const command = startCommand(image, words);
  if (command.length === 0) throw cliError('CLI_IMAGE_COMMAND_MISSING', { image: name });
  const scratch = await mkdtemp(join(tmpdir(), 'slipway-image-'));
  try {
    const opened = await openImage(image, { folder: join(scratch, 'root'), mode: flags.sandbox });
    const [program = '', ...rest] = opened.words(command);
    const child = spawnProgram(program, rest, { env: {}, stdio: 'inherit' });
    const end = () => child.kill('SIGTERM');
    context.signal.addEventListener('abort', end, { once: true });
    const [code] = (await once(child, 'close')) as [number | null];
    context.signal.removeEventListener('abort', end);
    context.signal.throwIfAborted();
    if (code !== 0) throw new ExitStatus(code ?? 1);
  } finally {
    await removeTree(scratch);
  }
}

/** Reads the image, and with `--wait` waits for it. */
async function find(name: string, { wait, timeout }: RunFlags, context: CommandContext): Promise<Image> {
  const { terminal, signal } = context;
  const read = async () => {
    const { target, reference } = await imageAt(name, context, 'pull');
    return readImage(target, reference);
  };
  return wait || timeout !== undefined ? waitForImage(read, { name, terminal, signal, timeout }) : read();
}
