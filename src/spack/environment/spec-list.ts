import { isRecord, type YamlPath } from '../../kit/index.ts';
import { describeValue, report, type SectionReader } from './section.ts';

/** Part of a spec, and where it stands. */
export interface SpecPiece {
  readonly text: string;
  readonly path: YamlPath;
}

export interface MatrixItem {
  readonly path: YamlPath;
  readonly rows: readonly (readonly SpecItem[])[];
  readonly exclude: readonly SpecPiece[];
  /** `^` or `%` from a reference such as `$^name`; stands before each spec that comes out. */
  readonly sigil: string;
}

/** An entry of a list of specs after its references are followed. */
export type SpecItem = SpecPiece | MatrixItem;

export const SPEC_LIMIT = 10_000;

/** Gives the list behind a reference, or undefined after it has recorded why there is none. */
export type FollowReference = (name: string, piece: SpecPiece) => readonly SpecItem[] | undefined;

export interface ListReader extends SectionReader {
  readonly follow: FollowReference;
}

/** Reads a list of specs, references and matrices; faults are recorded and their entries left out. */
export function readSpecList(reader: ListReader, path: YamlPath, list: unknown): readonly SpecItem[] {
  if (list === null || list === undefined) return [];
  if (!Array.isArray(list)) return wrong(reader, path, { what: 'A list of specs', expected: 'a list', value: list });
  const items: SpecItem[] = [];
  for (const [index, value] of list.entries()) {
    for (const item of readItem(reader, [...path, index], value)) items.push(item);
    if (items.length > SPEC_LIMIT) {
      const details = { what: 'The list', count: `more than ${SPEC_LIMIT}`, limit: SPEC_LIMIT };
      report(reader, path, { code: 'ENVIRONMENT_MATRIX_TOO_LARGE', details });
      return [];
    }
  }
  return items;
}

/** Reads one entry of such a list, which is several where it is a reference. */
export function readItem(reader: ListReader, path: YamlPath, entry: unknown): readonly SpecItem[] {
  const value = withColon(entry);
  if (value === null) return [];
  if (typeof value === 'string') return readText(reader, { text: value, path });
  if (isRecord(value)) return readMatrix(reader, path, value);
  return wrong(reader, path, { what: 'An entry', expected: 'a spec, a reference ($name) or a matrix', value });
}

/** `[zlib@1.2:]` is a list of one text for Spack, and for YAML 1.2 of a mapping of one key without a value. */
export function withColon(value: unknown): unknown {
  const [entry, ...others] = isRecord(value) ? Object.entries(value) : [];
  const isText = entry?.[1] === null && others.length === 0 && entry[0].includes('@');
  return isText ? `${entry[0]}:` : value;
}

function readText(reader: ListReader, piece: SpecPiece): readonly SpecItem[] {
  const reference = /^\$([%^]?)(.*)$/.exec(piece.text.trim());
  if (reference === null) return [piece];
  const [, sigil = '', name = ''] = reference;
  const items = reader.follow(name, piece) ?? [];
  if (sigil === '') return items;
  return items.map((item) => ('text' in item ? { ...item, text: sigil + item.text } : { ...item, sigil }));
}

/** Reads a mapping of `matrix` and `exclude`: one entry, or none if it has faults. */
export function readMatrix(
  reader: ListReader,
  path: YamlPath,
  value: Readonly<Record<string, unknown>>,
): readonly SpecItem[] {
  const unknown = Object.keys(value).find((key) => key !== 'matrix' && key !== 'exclude');
  if (unknown !== undefined) {
    const details = { what: 'The matrix', key: unknown, known: 'matrix, exclude' };
    report(reader, [...path, unknown], { code: 'ENVIRONMENT_KEY_UNKNOWN', details });
    return [];
  }
  const at = [...path, 'matrix'];
  if (!Array.isArray(value['matrix'])) {
    return wrong(reader, at, { what: 'A matrix', expected: 'a list of rows', value: value['matrix'] });
  }
  if (value['matrix'].length === 0) return empty(reader, at, { what: 'The matrix', severity: 'error' });
  const before = errorsOf(reader);
  const rows = value['matrix'].map((row, index) => readRow(reader, [...at, index], row));
  const exclude = readExclude(reader, [...path, 'exclude'], value['exclude']);
  return errorsOf(reader) > before ? [] : [{ path, rows, exclude, sigil: '' }];
}

function readRow(reader: ListReader, path: YamlPath, row: unknown): readonly SpecItem[] {
  const before = errorsOf(reader);
  const items = readSpecList(reader, path, row);
  // For Spack it makes no spec: all of a list may be commented out for a while.
  return items.length > 0 || errorsOf(reader) > before
    ? items
    : empty(reader, path, { what: 'This row', severity: 'warning' });
}

function errorsOf({ faults }: SectionReader): number {
  return faults.filter(({ severity }) => severity === 'error').length;
}

function readExclude(reader: ListReader, path: YamlPath, value: unknown): readonly SpecPiece[] {
  if (value === null || value === undefined) return [];
  const texts: readonly unknown[] = Array.isArray(value) ? value.map(withColon) : [value];
  if (texts.every((one) => typeof one === 'string') && Array.isArray(value)) {
    return texts.map((text, index) => ({ text, path: [...path, index] }));
  }
  return wrong(reader, path, { what: '`exclude`', expected: 'a list of specs', value });
}

function empty(
  reader: SectionReader,
  path: YamlPath,
  { what, severity }: { readonly what: string; readonly severity: 'error' | 'warning' },
): [] {
  report(reader, path, { code: 'ENVIRONMENT_MATRIX_EMPTY', details: { what }, severity });
  return [];
}

function wrong(
  reader: SectionReader,
  path: YamlPath,
  { what, expected, value }: { readonly what: string; readonly expected: string; readonly value: unknown },
): [] {
  report(reader, path, { code: 'ENVIRONMENT_SHAPE', details: { what, expected, found: describeValue(value) } });
  return [];
}
