import { join } from 'node:path';
import { openImage, startCommand } from '../image/index.ts';
import { attemptProgram } from '../kit/index.ts';
import { parseReference, readImage, registryClient, wantedOf } from '../oci/index.ts';
import { demoError } from './errors.ts';

interface ImageToRun {
  /** `host:port/name:tag`. */
  readonly reference: string;
  readonly folder: string;
}

/**
 * Pulls an image over HTTP, runs its command, and returns what it printed. The command has the files of the image alone;
 * where no sandbox works, it runs from the unpacked files.
 */
export async function runImage({ reference, folder }: ImageToRun): Promise<string> {
  const parsed = parseReference(reference);
  const source = registryClient({ registry: parsed.registry ?? '', repository: parsed.repository, access: 'pull' });
  const image = await readImage(source, wantedOf(parsed));
  const command = startCommand(image);
  const opened = await openImage(image, { folder: join(folder, 'rootfs'), mode: 'never' });
  const [program = '', ...rest] = opened.words(command);
  const result = await attemptProgram(program, rest, { env: {} });
  if (!result.isSuccess)
    throw demoError('DEMO_FAILED', {
      what: `\`${command.join(' ')}\` in the image`,
      reason: result.stderr.toString('utf8') || result.ending,
    });
  return result.text;
}
