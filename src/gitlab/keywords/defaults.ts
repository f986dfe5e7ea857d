import type { Mapping } from '../document/mapping.ts';
import type { ReferenceResolver } from '../document/resolve-references.ts';
import { checkMapping } from '../document/values.ts';
import { DEFAULT_KEYWORDS, isGlobal, OLD_GLOBALS } from './keywords.ts';

/**
 * Reads what jobs inherit: `default` (https://docs.gitlab.com/ci/yaml/#default), and the older keywords of the top
 * level, none of which may be in both.
 */
export function readDefaults(root: Mapping, references: ReferenceResolver): Mapping {
  const written = references.topLevel('default');
  const field = isGlobal('default', written.value) ? written : written.with(undefined);
  if (!field.isEmpty) checkMapping(field, DEFAULT_KEYWORDS);
  const defaults = field.mapping;
  const old = OLD_GLOBALS.filter((key) => Object.hasOwn(root, key)).map((key) => references.topLevel(key));
  for (const global of old)
    if (Object.hasOwn(defaults, global.key)) global.misplaced('a file whose `default` has it, too');
  const own = Object.entries(defaults).filter(([key]) => DEFAULT_KEYWORDS.includes(key));
  return { ...Object.fromEntries(old.map(({ key, value }) => [key, value])), ...Object.fromEntries(own) };
}
