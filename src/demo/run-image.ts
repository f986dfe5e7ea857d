import { join } from 'node:path';
import { namespacesAvailable } from '../builder/index.ts';
import { unpackImage } from '../image/index.ts';
import { attemptProgram } from '../kit/index.ts';
import { parseReference, readImage, registryClient, wantedOf } from '../oci/index.ts';
import { demoError } from './errors.ts';

interface ImageToRun {
  /** `host:port/name:tag`. */
  readonly reference: string;
  readonly folder: string;
  readonly path: string | undefined;
}

/** Pulls an image over HTTP, runs its command with the files of the image alone, and returns what it printed. */
export async function runImage({ reference, folder, path }: ImageToRun): Promise<string> {
  const root = join(folder, 'rootfs');
  const parsed = parseReference(reference);
  const source = registryClient({ registry: parsed.registry ?? '', repository: parsed.repository, access: 'pull' });
  const image = await readImage(source, wantedOf(parsed));
  await unpackImage(image, root);
  const config = image.config.config ?? {};
  const command = [...(config.Entrypoint ?? []), ...(config.Cmd ?? [])];
  const [program = 'chroot', ...before] = await chrootCommand();
  const result = await attemptProgram(program, [...before, root, ...command], {
    env: { PATH: path ?? '', ...Object.fromEntries((config.Env ?? []).map((one) => one.split(/=(.*)/s).slice(0, 2))) },
  });
  if (!result.isSuccess)
    throw demoError('DEMO_FAILED', {
      what: `\`${command.join(' ')}\` in the image`,
      reason: result.stderr.toString('utf8') || result.ending,
    });
  return result.text;
}

/**
 * Root can always `chroot`; others need a user namespace of their own. The command has no access to files of this
 * machine.
 */
async function chrootCommand(): Promise<readonly string[]> {
  const isRoot = process.getuid?.() === 0;
  return isRoot && !(await namespacesAvailable()) ? ['chroot'] : ['unshare', '--user', '--map-root-user', 'chroot'];
}
