import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { extendedJob } from '../../gitlab/index.ts';
import type { ConfigMapping } from '../../spack/index.ts';

/**
 * Reduces the pipeline among the artifacts of a failed job to that job, with what it extends written out:
 * `spack ci reproduce-build` looks for the image in the job itself, and knows no `extends`.
 */
export async function leaveOwnJob(folder: string, name: string): Promise<void> {
  for (const file of (await readdir(folder)).filter((one) => /\.ya?ml$/.test(one))) {
    const path = join(folder, file);
    const text = await readFile(path, 'utf8');
    if (!/^stages:/m.test(text)) continue;
    const pipeline = parse(text, { maxAliasCount: -1 }) as ConfigMapping;
    if (pipeline[name] === undefined) continue;
    const { stages, variables, workflow } = pipeline;
    const own = { stages, variables, workflow, [name]: extendedJob(pipeline, name) };
    await writeFile(path, stringify(own, { lineWidth: 0 }));
  }
}
