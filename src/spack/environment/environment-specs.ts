import { isRecord, type YamlPath } from '../../kit/index.ts';
import { expandSpecs, type EnvironmentSpec, type GroupedItem } from './environment-expand.ts';
import { describeValue, report } from './section.ts';
import { readItem, readMatrix, readSpecList, type ListReader } from './spec-list.ts';

/** Reads `specs`: specs, references, matrices, and groups of them (Spack 1.2: `group`, `specs`, …). */
export function readSpecs(reader: ListReader, path: YamlPath, list: unknown): readonly EnvironmentSpec[] {
  const entries: readonly unknown[] = Array.isArray(list) ? list : [];
  const items = entries.flatMap((value, index): readonly GroupedItem[] => {
    const place = [...path, index];
    return isGroup(value) ? readGroup(reader, place, value) : readItem(reader, place, value).map((item) => ({ item }));
  });
  return expandSpecs(reader, items);
}

type Group = Readonly<Record<string, unknown>>;

function isGroup(value: unknown): value is Group {
  return isRecord(value) && 'group' in value;
}

const known = ['group', 'specs', 'matrix', 'exclude', 'needs', 'explicit', 'override'];

function readGroup(reader: ListReader, path: YamlPath, value: Group): readonly GroupedItem[] {
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
  const items =
    matrix === undefined
      ? readSpecList(reader, [...path, 'specs'], specs)
      : readMatrix(reader, path, { matrix, exclude });
  return items.map((item) => ({ item, group }));
}
