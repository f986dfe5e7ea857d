import { Spot, type FaultList } from '../document/fault-list.ts';
import { DEFAULT_KEYWORDS, OLD_GLOBALS } from './keywords.ts';
import { get, isMapping, type Mapping } from '../document/mapping.ts';
import type { ReferenceResolver } from '../document/resolve-references.ts';
import { rejectUnknown } from '../document/values.ts';

/**
 * What jobs take over where they say nothing: `default` (https://docs.gitlab.com/ci/yaml/#default), and the keywords
 * that stood at the top level before there was `default`; none may stand in both.
 */
export function readDefaults(root: Mapping, references: ReferenceResolver, faults: FaultList): Mapping {
  const spot = new Spot(faults, ['default']);
  const value = references.resolve(get(root, 'default') ?? {}, spot);
  const defaults: Mapping = isMapping(value) ? value : (spot.invalid('a mapping', value) ?? {});
  rejectUnknown(defaults, DEFAULT_KEYWORDS, spot);
  const old = OLD_GLOBALS.filter((key) => Object.hasOwn(root, key)).map(
    (key) => [key, references.resolve(root[key], new Spot(faults, [key]))] as const,
  );
  for (const [key] of old.filter(([name]) => Object.hasOwn(defaults, name))) {
    const place = 'a file whose `default` has it, too';
    new Spot(faults, [key]).error('GITLAB_KEYWORD_MISPLACED', { keyword: key, place });
  }
  return {
    ...Object.fromEntries(old),
    ...Object.fromEntries(DEFAULT_KEYWORDS.flatMap((key) => entryOf(defaults, key))),
  };
}

function entryOf(defaults: Mapping, key: string): readonly (readonly [string, unknown])[] {
  return Object.hasOwn(defaults, key) ? [[key, defaults[key]]] : [];
}
