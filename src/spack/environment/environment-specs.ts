import { isRecord, type YamlPath } from '../../kit/index.ts';
import { expandSpecs, type EnvironmentSpec } from './environment-expand.ts';
import { describeValue, report } from './section.ts';
import { readItem, readMatrix, readSpecList, type ListReader, type SpecItem } from './spec-list.ts';

/** Reads `specs`: specs, references, matrices, and groups of them (Spack 1.2: `group`, `specs`, …). */
export function readSpecs(reader: ListReader, path: YamlPath, list: unknown): readonly EnvironmentSpec[] {
  const entries: readonly unknown[] = Array.isArray(list) ? list : [];
  const items = entries.flatMap((value, index) => {
    const isGroup = isRecord(value) && 'group' in value;
    return isGroup ? readGroup(reader, [...path, index], value) : readItem(reader, [...path, index], value);
  });
  return expandSpecs(reader, items);
}

const known = ['group', 'specs', 'matrix', 'exclude', 'needs', 'explicit', 'override'];

function readGroup(reader: ListReader, path: YamlPath, value: Readonly<Record<string, unknown>>): readonly SpecItem[] {
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  const { group, specs, matrix, exclude } = value;
  if (unknown !== undefined) {
    const details = { what: 'The group', key: unknown, known: known.join(', ') };
    report(reader, [...path, unknown], { code: 'ENVIRONMENT_KEY_UNKNOWN', details });
  }
  if (typeof group !== 'string') {
    const details = { what: '`group`', expected: 'a text', found: describeValue(group) };
    report(reader, [...path, 'group'], { code: 'ENVIRONMENT_SHAPE', details });
    return [];
  }
  // A group holds either a list or one matrix.
  return matrix === undefined
    ? readSpecList(reader, [...path, 'specs'], specs)
    : readMatrix(reader, path, { matrix, exclude });
}
