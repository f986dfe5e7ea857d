import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { hasCode, readYaml } from '../../kit/index.ts';
import type { ConfigMapping } from '../../spack/index.ts';
import { generateError } from '../errors.ts';

/** Reads one place of configuration: a file with any sections, or a folder with a file for each. */
export async function readScope(place: string): Promise<ConfigMapping> {
  const isFolder = await stat(place).then(
    (found) => found.isDirectory(),
    (error: unknown) => {
      if (hasCode(error, 'ENOENT')) throw generateError('GENERATE_SCOPE_MISSING', { place });
      throw error;
    },
  );
  if (!isFolder) return readSections(place);
  const files = (await readdir(place)).filter((name) => /\.ya?ml$/.test(name)).toSorted();
  const parts = await Promise.all(files.map((name) => readSections(join(place, name))));
  return Object.assign({}, ...parts) as ConfigMapping;
}

async function readSections(file: string): Promise<ConfigMapping> {
  return parseSections(await readFile(file, 'utf8'), file);
}

/** Reads quickly, and only where there is a fault again with the places that a message needs. */
export function parseSections(text: string, file: string): ConfigMapping {
  const value = readQuickly(text) ?? slowly(text, file);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as ConfigMapping;
  throw generateError('GENERATE_SCOPE_INVALID', { file, line: 1, fault: 'it is not a mapping of sections' });
}

/** The value of a file that has no faults. */
export function readQuickly(text: string): unknown {
  try {
    return load(text);
  } catch {
    return undefined;
  }
}

function slowly(text: string, file: string): unknown {
  const source = readYaml(text, file);
  const [fault] = source.diagnostics;
  if (fault === undefined) return source.value ?? {};
  throw generateError('GENERATE_SCOPE_INVALID', { file, line: fault.line, fault: fault.message });
}
