import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ifExists, isRecord, readYaml } from '../../kit/index.ts';
import { isEnvironmentKey, type ConfigMapping } from '../../spack/index.ts';
import { generateError } from '../errors.ts';

/**
 * Reads configuration from a file with any sections, or from a folder with a file for each, called `<section>.yaml`;
 * other files of the folder are ignored. As in Spack, a file holds nothing but its sections.
 */
export async function readScope(path: string): Promise<ConfigMapping> {
  const found = await ifExists(stat(path));
  if (found === undefined) throw generateError('GENERATE_SCOPE_MISSING', { path });
  if (!found.isDirectory()) return readSections(path, isEnvironmentKey);
  const names = (await readdir(path)).filter((name) => name.endsWith('.yaml') && isEnvironmentKey(sectionOf(name)));
  const parts = await Promise.all(
    names.toSorted().map((name) => readSections(join(path, name), (key) => key === sectionOf(name))),
  );
  return Object.assign({}, ...parts) as ConfigMapping;
}

function sectionOf(name: string): string {
  return name.replace(/\.yaml$/, '');
}

async function readSections(file: string, isExpected: (section: string) => boolean): Promise<ConfigMapping> {
  const { value, diagnostics, locate } = readYaml(await readFile(file, 'utf8'), file);
  const invalid = (line: number, fault: string) => generateError('GENERATE_SCOPE_INVALID', { file, line, fault });
  const [fault] = diagnostics;
  if (fault !== undefined) throw invalid(fault.line, fault.message);
  const sections = value ?? {};
  if (!isRecord(sections)) throw invalid(1, 'it is not a mapping of sections');
  const other = Object.keys(sections).find((key) => !isExpected(key.replace(/[:+-]$/, '')));
  if (other !== undefined)
    throw invalid(locate([other]).line, `\`${other}\` is no section that Spack reads from there`);
  return sections;
}
