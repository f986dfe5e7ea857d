import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SpackProgram } from './spack-program.ts';

/**
 * Configuration that asks for Spack's first installer, where there is a choice: the second, of 1.2, waits for keys to
 * be pressed, which a job has none of, and tells neither phases nor what a build says.
 */
export async function installerChoice({ root }: Pick<SpackProgram, 'root'>): Promise<readonly string[]> {
  const schema = await readFile(join(root, 'lib/spack/spack/schema/config.py'), 'utf8').catch(() => '');
  return /"installer":\s*\{[^}]*"old"/.test(schema) ? ['config:installer:old'] : [];
}
