import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Option, type Command } from 'commander';
import { openImage, startCommand } from '../../../image/index.ts';
import { hasCode, removeTree, spawnProgram, systemWait } from '../../../kit/index.ts';
import { readImage, type Image } from '../../../oci/index.ts';
import type { CommandContext } from '../../command.ts';
import { cliError } from '../../errors.ts';
import { ExitStatus } from '../../exit-status.ts';
import { imageArgument, imageAt } from './flags.ts';

interface RunFlags {
  readonly wait?: true;
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
    .addOption(
      new Option('--sandbox <mode>', '`never` runs it without a sandbox if none works on this machine')
        .choices(['always', 'never'])
        .default('always'),
    )
    .action((name: string, words: readonly string[], flags: RunFlags) => run(name, { words, flags }, context));
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

const SECOND = 1000;

/** Reads the image. With `--wait`, tries again until the registry answers and the image exists. */
async function find(name: string, { wait }: RunFlags, context: CommandContext): Promise<Image> {
  const { terminal, signal } = context;
  const started = Date.now();
  for (let attempt = 0; ; attempt += 1) {
    try {
      const { target, reference } = await imageAt(name, context, 'pull');
      const image = await readImage(target, reference);
      terminal.progress('');
      return image;
    } catch (error) {
      signal.throwIfAborted();
      const isPending = hasCode(error, 'OCI_IMAGE_MISSING') || hasCode(error, 'REGISTRY_UNREACHABLE');
      if (wait !== true || !isPending) throw error;
      if (attempt === 0) terminal.note(`Waiting until ${name} is published. Ctrl-C stops waiting.`);
      terminal.progress(`waiting for ${name}, ${Math.round((Date.now() - started) / SECOND)} s`);
      await systemWait(SECOND, signal);
    }
  }
}
