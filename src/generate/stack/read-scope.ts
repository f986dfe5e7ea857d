import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
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

/** `file` is for messages. */
function parseSections(text: string, file: string): ConfigMapping {
  const { value, diagnostics } = readYaml(text, file);
  const [fault] = diagnostics;
  if (fault !== undefined)
    throw generateError('GENERATE_SCOPE_INVALID', { file, line: fault.line, fault: fault.message });
  const sections = value ?? {};
  if (typeof sections === 'object' && !Array.isArray(sections)) return sections as ConfigMapping;
  throw generateError('GENERATE_SCOPE_INVALID', { file, line: 1, fault: 'it is not a mapping of sections' });
}
