import { lstat, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { ifExists, isWithin } from '../kit/index.ts';
import type { Bundle } from './bundle.ts';
import { reproduceError } from './errors.ts';

/** What is written to, or shown to the job, while it runs. */
const NAMES = ['project', 'home', 'tmp', 'files', 'mirror', 'bin', 'cache', 'inputs', 'log-here.txt', 'script.sh'];

/** Refuses a bundle of another person that would lead its reader to other files, or put options before an image. */
export async function checkBundle({ folder, reproduction: { image } }: Bundle): Promise<void> {
  for (const name of NAMES)
    if ((await ifExists(lstat(join(folder, name))))?.isSymbolicLink() === true)
      throw reproduceError('REPRODUCE_BUNDLE_INVALID', { folder, reason: `\`${name}\` is a symbolic link` });
  if (image !== undefined && !/^\w/.test(image.name))
    throw reproduceError('REPRODUCE_BUNDLE_INVALID', { folder, reason: `\`${image.name}\` is not an image` });
}

/** Refuses a folder of the job, which this process reads and writes, that is not in the project. */
export async function checkInProject(folder: string, inner: string): Promise<void> {
  const project = join(folder, 'project');
  const real = (await ifExists(realpath(inner))) ?? inner;
  if (isWithin(inner, project) && isWithin(real, (await ifExists(realpath(project))) ?? project)) return;
  throw reproduceError('REPRODUCE_BUNDLE_INVALID', { folder, reason: `\`${inner}\` leads out of the project` });
}
