import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isRecord, readYaml } from '../../kit/index.ts';

/** Sections of Spack's configuration that name what jobs read: recipes, packages, compilers, and mirrors of sources. */
const SECTIONS = ['repos', 'mirrors', 'upstreams', 'packages', 'compilers'];

/** Returns the absolute paths that Spack's configuration in these folders names, those of `file://` mirrors too. */
export async function spackPlaces(scopes: readonly string[]): Promise<readonly string[]> {
  const files = scopes.flatMap((scope) => SECTIONS.map((section) => join(scope, `${section}.yaml`)));
  const texts = await Promise.all(files.map(async (file) => readFile(file, 'utf8').catch(() => '')));
  const values = texts.flatMap((text, index) => textsIn(readYaml(text, files[index] as string).value));
  return [...new Set(values.map((value) => value.replace(/^file:\/\//, '')).filter((value) => value.startsWith('/')))];
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  return isRecord(value) ? Object.values(value).flatMap(textsIn) : [];
}
