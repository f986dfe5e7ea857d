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
  const follow = followIn(reader, definitions, definitionNames(entries));
  for (const [index, entry] of entries.entries()) {
    const place = [...path, index];
    const name = readName(reader, place, entry);
    if (name === undefined || !isWanted(reader, place, { name, entry: entry as Entry, facts: options.facts })) continue;
    const items = readSpecList({ ...reader, follow }, [...place, name], (entry as Entry)[name]);
    definitions.set(name, [...(definitions.get(name) ?? []), ...items]);
  }
  return definitions;
}

/**
 * Follows references into the definitions read so far. `known` holds every name that the section defines, with the
 * names that it refers to: it tells why one is missing. What is followed in all is limited, since a few short lines
 * that refer to each other can stand for more than memory holds.
 */
export function followIn(
  reader: SectionReader,
  definitions: Definitions,
  known: ReadonlyMap<string, readonly string[]> = new Map(),
): FollowReference {
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
    if (items !== undefined) return items;
    const circle = findCircle(name, known);
    if (circle !== undefined) {
      report(reader, path, { code: 'ENVIRONMENT_DEFINITION_CYCLE', details: { name, circle: circle.join(' → ') } });
    } else {
      const reason = known.has(name) ? ' above this place whose `when` holds' : '';
      report(reader, path, { code: 'ENVIRONMENT_DEFINITION_UNKNOWN', details: { reference, name, reason } });
    }
    return undefined;
  };
}

/** The names that the section defines, each with those that it refers to. */
export function definitionNames(list: unknown): ReadonlyMap<string, readonly string[]> {
  const entries = Array.isArray(list) ? list : [];
  return new Map(entries.flatMap((entry) => namesIn(entry).map((name) => [name, referencesIn(entry)] as const)));
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

function isWanted(
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

function namesIn(entry: unknown): readonly string[] {
  return isRecord(entry) ? Object.keys(entry).filter((key) => key !== 'when') : [];
}

function referencesIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return /^\s*\$[%^]?\S/.test(value) ? [value.trim().replace(/^\$[%^]?/, '')] : [];
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  return isRecord(value) ? Object.values(value).flatMap(referencesIn) : [];
}

/** The names on a way from `start` back to it. */
function findCircle(start: string, known: ReadonlyMap<string, readonly string[]>): readonly string[] | undefined {
  const from = new Map<string, string>();
  const reached = [start];
  for (const name of reached) {
    for (const next of known.get(name) ?? []) {
      if (next === start) return [start, ...wayTo(name, start, from), start];
      if (from.has(next)) continue;
      from.set(next, name);
      reached.push(next);
    }
  }
  return undefined;
}

function wayTo(end: string, start: string, from: ReadonlyMap<string, string>): readonly string[] {
  const way: string[] = [];
  for (let name: string | undefined = end; name !== undefined && name !== start; name = from.get(name))
    way.unshift(name);
  return way;
}
