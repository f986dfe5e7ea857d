import { Spot } from './fault-list.ts';
import { DEFAULT_KEYWORDS, IGNORED_KEYWORDS, JOB_KEYWORDS, REFUSED_KEYWORDS } from './keywords.ts';
import { get, isMapping } from './mapping.ts';
import type { Mapping } from './mapping.ts';
import type { Reading } from './reading.ts';
import { warnUnknown } from './values.ts';

/** A job with templates, references and defaults applied, not yet read. */
export interface JobSource {
  readonly name: string;
  readonly value: Mapping;
  readonly spot: Spot;
  /** Which global variables it takes: all, none, or these. */
  readonly inheritedVariables: boolean | readonly string[];
}

export function sourceOf(name: string, reading: Reading): JobSource {
  const { value, owners } = reading.extender.extend(name);
  const spot = new Spot(reading.faults, [...owners, 'default']);
  const resolved = reading.references.resolve(value, spot);
  const own = isMapping(resolved) ? resolved : {};
  const inherit = get(own, 'inherit');
  if (inherit !== undefined && !isMapping(inherit)) spot.child('inherit').invalid('a mapping', inherit);
  const inherits = isMapping(inherit) ? inherit : {};
  warnUnknown(inherits, ['default', 'variables'], spot.child('inherit'));
  const takes = readInherit(get(inherits, 'default'), spot.child('inherit').child('default'));
  const source = {
    name,
    value: { ...defaultsFor(takes, reading), ...own },
    spot,
    inheritedVariables: readInherit(get(inherits, 'variables'), spot.child('inherit').child('variables')),
  };
  checkKeywords(source);
  return source;
}

function readInherit(value: unknown, spot: Spot): boolean | readonly string[] {
  if (value === undefined || typeof value === 'boolean') return value ?? true;
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  return spot.invalid('true, false or a list of names', value) ?? true;
}

function defaultsFor(takes: boolean | readonly string[], reading: Reading): Mapping {
  const wanted = [...DEFAULT_KEYWORDS].filter((key) => (typeof takes === 'boolean' ? takes : takes.includes(key)));
  const entries = wanted.map((key) => [key, get(reading.defaults, key) ?? globalKeyword(key, reading)] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

/** `image`, `services`, `before_script`, `after_script` and `cache` at the top level, from before there was `default`. */
function globalKeyword(key: string, reading: Reading): unknown {
  if (!['image', 'services', 'before_script', 'after_script', 'cache'].includes(key)) return undefined;
  return reading.references.resolve(get(reading.root, key), new Spot(reading.faults, [key]));
}

function checkKeywords({ value, spot }: JobSource): void {
  for (const keyword of Object.keys(value)) {
    const remedy = Object.hasOwn(REFUSED_KEYWORDS, keyword) ? REFUSED_KEYWORDS[keyword] : undefined;
    if (remedy !== undefined) spot.child(keyword).error('GITLAB_KEYWORD_UNSUPPORTED', { keyword, remedy });
    else if (IGNORED_KEYWORDS.has(keyword)) spot.child(keyword).warn('GITLAB_KEYWORD_IGNORED', { keyword });
    else if (!JOB_KEYWORDS.has(keyword)) spot.child(keyword).warn('GITLAB_KEYWORD_UNKNOWN', { keyword });
  }
}
