import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findSpacks, readyToBuild, spackLab } from './spack-lab.ts';

/**
 * Creates a lab of every Spack before the first test, with its compilers and the indexes of all recipes, which take a
 * new lab a minute. The labs of tests begin with copies of these.
 */
export async function setup(): Promise<() => Promise<void>> {
  // A file that runs a second time within its first run needs no labs.
  if (process.env.SLIPWAY_TEST_RECORDED_DATA !== undefined) return async () => undefined;
  const kept = process.env.SLIPWAY_TEST_SPACK_CACHE;
  const folder = kept === undefined ? await mkdtemp(join(tmpdir(), 'slipway-template-')) : join(kept, 'template');
  for (const { root, version } of (await findSpacks()).filter(readyToBuild)) {
    const template = join(folder, version);
    const mark = join(template, 'complete');
    if (existsSync(mark)) continue;
    await rm(template, { recursive: true, force: true });
    const lab = await spackLab({ root, folder: template, store: join(template, 'store') });
    await lab.trySpack('spec', 'gauge');
    await writeFile(mark, '');
  }
  process.env.SLIPWAY_TEST_SPACK_TEMPLATE = folder;
  return async () => {
    if (kept === undefined) await rm(folder, { recursive: true, force: true });
  };
}
