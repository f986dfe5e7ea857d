import type { Spot } from '../document/fault-list.ts';
import { get, isMapping, type Mapping } from '../document/mapping.ts';
import { readMapping, readText, readTexts, rejectUnknown } from '../document/values.ts';

/** Text that is not in the repository; whether it may be had is the server's policy. */
export type ForeignInclude =
  | { readonly kind: 'remote'; readonly url: string }
  | { readonly kind: 'project'; readonly project: string; readonly ref?: string; readonly path: string }
  | { readonly kind: 'template'; readonly name: string }
  | { readonly kind: 'component'; readonly address: string };

export type IncludeSource = { readonly kind: 'local'; readonly path: string } | ForeignInclude;

/** One entry of `include`, variables not yet expanded. */
export interface IncludeEntry {
  readonly sources: readonly IncludeSource[];
  readonly inputs: Mapping;
  readonly rules?: unknown;
  /** What a remote text must hash to, as `sha256-<base64>`. */
  readonly integrity?: string;
  readonly spot: Spot;
}

const KINDS = ['local', 'remote', 'project', 'template', 'component'] as const;
const KEYS = [...KINDS, 'file', 'ref', 'rules', 'inputs', 'integrity', 'cache'];

/** https://docs.gitlab.com/ci/yaml/#include */
export function readIncludeEntries(value: unknown, spot: Spot): readonly IncludeEntry[] {
  if (value === null) return [];
  const isList = Array.isArray(value);
  const items = isList ? value.flat(10) : [value];
  return items
    .map((item, index) => readEntry(item, isList ? spot.child(index) : spot))
    .filter((entry) => entry !== undefined);
}

function readEntry(value: unknown, spot: Spot): IncludeEntry | undefined {
  if (typeof value === 'string') {
    const source: IncludeSource = /^https?:\/\//.test(value)
      ? { kind: 'remote', url: value }
      : { kind: 'local', path: value };
    return { sources: [source], inputs: {}, spot };
  }
  if (!isMapping(value)) return spot.invalid('a file of the repository, or a mapping that says where a file is', value);
  rejectUnknown(value, KEYS, spot);
  const kinds = KINDS.filter((kind) => Object.hasOwn(value, kind));
  if (kinds.length !== 1) return spot.invalid(`a mapping with exactly one of ${KINDS.join(', ')}`, value);
  const sources = readSources(kinds[0] as (typeof KINDS)[number], value, spot);
  if (sources === undefined) return undefined;
  const integrity = readText(get(value, 'integrity'), spot.child('integrity'));
  return {
    sources,
    inputs: readMapping(get(value, 'inputs') ?? {}, spot.child('inputs')) ?? {},
    ...(Object.hasOwn(value, 'rules') ? { rules: value['rules'] } : {}),
    ...(integrity === undefined ? {} : { integrity }),
    spot,
  };
}

function readSources(kind: (typeof KINDS)[number], value: Mapping, spot: Spot): readonly IncludeSource[] | undefined {
  const text = readText(get(value, kind) ?? null, spot.child(kind));
  if (text === undefined) return undefined;
  if (kind === 'local') return [{ kind, path: text }];
  if (kind === 'remote') return [{ kind, url: text }];
  if (kind === 'template') return [{ kind, name: text }];
  if (kind === 'component') return [{ kind, address: text }];
  const ref = readText(get(value, 'ref'), spot.child('ref'));
  const paths = readTexts(get(value, 'file') ?? null, spot.child('file')) ?? [];
  return paths.map((path) => ({ kind, project: text, path, ...(ref === undefined ? {} : { ref }) }));
}

/** How messages name a source. */
export function nameOf(source: IncludeSource): string {
  if (source.kind === 'local') return source.path;
  if (source.kind === 'remote') return source.url;
  if (source.kind === 'template') return `template ${source.name}`;
  if (source.kind === 'component') return source.address;
  return `${source.project}:${source.path}${source.ref === undefined ? '' : `@${source.ref}`}`;
}
