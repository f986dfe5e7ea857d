import { isRecord, type YamlPath } from '../../kit/index.ts';
import { decideCondition, type HostFacts } from './condition.ts';
import { describeValue, report, type SectionReader } from './section.ts';
import { SPEC_LIMIT, readSpecList, type FollowReference, type SpecItem } from './spec-list.ts';

const FOLLOW_LIMIT = 10 * SPEC_LIMIT;

export type Definitions = ReadonlyMap<string, readonly SpecItem[]>;

/** Reads `definitions` from top to bottom; a name that comes again is added to. */
export function readDefinitions(
  reader: SectionReader,
  path: YamlPath,
  options: { list: unknown; facts: HostFacts },
): Definitions {
  const definitions = new Map<string, readonly SpecItem[]>();
  const entries: readonly unknown[] = Array.isArray(options.list) ? options.list : [];
  const follow = followIn(reader, definitions, new Set(entries.flatMap(namesIn)));
  for (const [index, entry] of entries.entries()) {
    const at = [...path, index];
    const name = readName(reader, at, entry);
    if (name === undefined || !isIncluded(reader, at, { name, entry: entry as Entry, facts: options.facts })) continue;
    const items = readSpecList({ ...reader, follow }, [...at, name], (entry as Entry)[name]);
    definitions.set(name, [...(definitions.get(name) ?? []), ...items]);
  }
  return definitions;
}

/**
 * Follows references into the definitions read so far. `known` has every name that the section defines, for the reason
 * why one is missing. The total of what is followed is limited, since a few short lines that refer to each other can
 * stand for more than memory holds.
 */
export function followIn(reader: SectionReader, definitions: Definitions, known: ReadonlySet<string>): FollowReference {
  let followed = 0;
  return (name, { text: reference, path }) => {
    const items = definitions.get(name);
    followed += items?.length ?? 0;
    if (followed > FOLLOW_LIMIT) {
      const details = { what: 'The references in this file', count: `more than ${FOLLOW_LIMIT}`, limit: FOLLOW_LIMIT };
      if (followed - (items?.length ?? 0) <= FOLLOW_LIMIT)
        report(reader, path, { code: 'ENVIRONMENT_MATRIX_TOO_LARGE', details });
      return undefined;
    }
    if (items === undefined) {
      const reason = known.has(name) ? ' above it, or whose `when` is false' : '';
      report(reader, path, { code: 'ENVIRONMENT_DEFINITION_UNKNOWN', details: { reference, name, reason } });
    }
    return items;
  };
}

type Entry = Readonly<Record<string, unknown>>;

function readName(reader: SectionReader, path: YamlPath, entry: unknown): string | undefined {
  if (!isRecord(entry)) {
    const details = { what: 'A definition', expected: 'a mapping of a name to a list', found: describeValue(entry) };
    report(reader, path, { code: 'ENVIRONMENT_SHAPE', details });
    return undefined;
  }
  const names = namesIn(entry);
  if (names.length === 1) return names[0];
  report(reader, path, { code: 'ENVIRONMENT_DEFINITION_SHAPE', details: { count: names.length } });
  return undefined;
}

function isIncluded(
  reader: SectionReader,
  path: YamlPath,
  { name, entry, facts }: { readonly name: string; readonly entry: Entry; readonly facts: HostFacts },
): boolean {
  const condition = entry['when'];
  if (condition === undefined || condition === null) return true;
  if (typeof condition === 'boolean') return condition;
  const decided = typeof condition === 'string' ? decideCondition(condition, facts) : undefined;
  if (decided === undefined) {
    const details = { condition: typeof condition === 'string' ? condition : JSON.stringify(condition), name };
    report(reader, [...path, 'when'], { code: 'ENVIRONMENT_CONDITION_UNKNOWN', details, severity: 'warning' });
  }
  return decided === true;
}

/** Returns the names that an entry of the section defines. */
export function namesIn(entry: unknown): readonly string[] {
  return isRecord(entry) ? Object.keys(entry).filter((key) => key !== 'when') : [];
}
