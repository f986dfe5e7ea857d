import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { ConfigMapping } from '../../spack/index.ts';

/**
 * Leaves of the pipeline among the artifacts of a failed job just that job, with what it extends written out:
 * `spack ci reproduce-build` looks for the image in the job itself, and knows no `extends`.
 */
export async function leaveOwnJob(folder: string, name: string): Promise<void> {
  for (const file of (await readdir(folder)).filter((one) => /\.ya?ml$/.test(one))) {
    const path = join(folder, file);
    const text = await readFile(path, 'utf8');
    if (!/^stages:/m.test(text)) continue;
    const pipeline = parse(text, { maxAliasCount: -1 }) as Readonly<Record<string, ConfigMapping | undefined>>;
    if (pipeline[name] === undefined) continue;
    const { stages, variables, workflow } = pipeline;
    await writeFile(
      path,
      stringify({ stages, variables, workflow, [name]: wholeJob(pipeline, name) }, { lineWidth: 0 }),
    );
  }
}

/** GitLab's `extends`: mappings are merged, everything else is replaced; the later of several counts more. */
function wholeJob(
  pipeline: Readonly<Record<string, ConfigMapping | undefined>>,
  name: string,
  depth = 0,
): ConfigMapping {
  const { extends: parents, ...own } = pipeline[name] ?? {};
  if (parents === undefined || depth > 10) return own;
  const names = [parents].flat().filter((parent): parent is string => typeof parent === 'string');
  const all = names.map((parent) => wholeJob(pipeline, parent, depth + 1));
  return [...all, own].reduce((merged, one) => over(merged, one), {});
}

function over(below: ConfigMapping, above: ConfigMapping): ConfigMapping {
  const merged: Record<string, unknown> = { ...below };
  for (const [key, value] of Object.entries(above))
    merged[key] = isMapping(value) && isMapping(merged[key]) ? over(merged[key], value) : value;
  return merged;
}

function isMapping(value: unknown): value is ConfigMapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
