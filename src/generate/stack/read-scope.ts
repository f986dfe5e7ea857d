import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode, readYaml, type YamlSource } from '../../kit/index.ts';
import { isEnvironmentKey, type ConfigMapping } from '../../spack/index.ts';
import { generateError } from '../errors.ts';

/**
 * Reads one place of configuration: a file with any sections, or a folder with a file for each, called
 * `<section>.yaml`. Whatever else lies in the folder is none of its business. As in Spack, a file holds nothing but its
 * sections.
 */
export async function readScope(place: string): Promise<ConfigMapping> {
  const isFolder = await stat(place).then(
    (found) => found.isDirectory(),
    (error: unknown) => {
      if (hasCode(error, 'ENOENT')) throw generateError('GENERATE_SCOPE_MISSING', { place });
      throw error;
    },
  );
  if (!isFolder) return readSections(place, isEnvironmentKey);
  const names = (await readdir(place)).filter((name) => name.endsWith('.yaml') && isEnvironmentKey(sectionOf(name)));
  const parts = await Promise.all(
    names.toSorted().map((name) => readSections(join(place, name), (key) => key === sectionOf(name))),
  );
  return Object.assign({}, ...parts) as ConfigMapping;
}

function sectionOf(name: string): string {
  return name.replace(/\.yaml$/, '');
}

async function readSections(file: string, isWanted: (section: string) => boolean): Promise<ConfigMapping> {
  return parseSections(readYaml(await readFile(file, 'utf8'), file), isWanted);
}

function parseSections(source: YamlSource, isWanted: (section: string) => boolean): ConfigMapping {
  const { file, value, diagnostics, locate } = source;
  const invalid = (line: number, fault: string) => generateError('GENERATE_SCOPE_INVALID', { file, line, fault });
  const [fault] = diagnostics;
  if (fault !== undefined) throw invalid(fault.line, fault.message);
  const sections = value ?? {};
  if (typeof sections !== 'object' || Array.isArray(sections)) throw invalid(1, 'it is not a mapping of sections');
  const other = Object.keys(sections).find((key) => !isWanted(key.replace(/[:+-]$/, '')));
  if (other !== undefined)
    throw invalid(locate([other]).line, `\`${other}\` is no section that Spack reads from there`);
  return sections as ConfigMapping;
}
