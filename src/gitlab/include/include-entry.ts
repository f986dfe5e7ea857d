import type { Field } from '../document/field.ts';
import type { Mapping } from '../document/mapping.ts';
import { readDuration } from '../keywords/duration.ts';
import { checkMapping, readText, readTexts } from '../document/values.ts';

/** Text that is not in the repository; the server's policy decides whether it is fetched. */
export type ForeignInclude =
  /** `cache`: seconds for which a text that was read before counts as the present one. */
  | { readonly kind: 'remote'; readonly url: string; readonly cache?: number }
  | { readonly kind: 'project'; readonly project: string; readonly ref?: string; readonly path: string }
  | { readonly kind: 'template'; readonly name: string }
  /** `path`: a file of the component's project that the component itself includes. */
  | { readonly kind: 'component'; readonly address: string; readonly path?: string };

export interface FetchedText {
  readonly text: string;
  /** Where the text is from: a URL, or a commit and a path. Default: the source as it is written. */
  readonly resolved?: string;
}

/** A text from outside of the repository, or why there is none. */
export type FetchedInclude = FetchedText | { readonly reason: string; readonly remedy: string };

export type IncludeSource = { readonly kind: 'local'; readonly path: string } | ForeignInclude;

/** One entry of `include`, variables not yet expanded. */
export interface IncludeEntry {
  readonly sources: readonly IncludeSource[];
  readonly inputs: Mapping;
  /** The expected digest of a remote text, as `sha256-<base64>`. */
  readonly integrity?: string;
  readonly field: Field;
}

const [HOUR, MAX_CACHE] = [3600, 31 * 86_400];
const KINDS = ['local', 'remote', 'project', 'template', 'component'] as const;
const KEYS = [...KINDS, 'file', 'ref', 'rules', 'inputs', 'integrity', 'cache'];

/** https://docs.gitlab.com/ci/yaml/#include */
export function readIncludeEntries(field: Field): readonly IncludeEntry[] {
  if (field.isEmpty) return [];
  const list = Array.isArray(field.value) ? field.with(field.value.flat(10)) : field;
  return list
    .items()
    .map(readEntry)
    .filter((entry) => entry !== undefined);
}

function readEntry(field: Field): IncludeEntry | undefined {
  const { value } = field;
  if (typeof value === 'string') {
    const source: IncludeSource = /^https?:\/\//.test(value)
      ? { kind: 'remote', url: value }
      : { kind: 'local', path: value };
    return { sources: [source], inputs: {}, field };
  }
  if (!field.isMapping) return field.invalid('a file of the repository, or a mapping that names a file');
  checkMapping(field, KEYS);
  const [kind, ...others] = KINDS.filter((one) => field.has(one));
  if (kind === undefined || others.length > 0)
    return field.invalid(`a mapping with exactly one of ${KINDS.join(', ')}`);
  const sources = readSources(kind, field);
  if (sources === undefined) return undefined;
  const inputs = field.at('inputs');
  if (!inputs.isEmpty) checkMapping(inputs);
  return { sources, inputs: inputs.mapping, integrity: readText(field.at('integrity')), field };
}

function readSources(kind: (typeof KINDS)[number], field: Field): readonly IncludeSource[] | undefined {
  const text = readText(field.required(kind));
  if (text === undefined) return undefined;
  if (kind === 'local') return [{ kind, path: text }];
  if (kind === 'remote') return [{ kind, url: text, ...readCache(field.at('cache')) }];
  if (kind === 'template') return [{ kind, name: text }];
  if (kind === 'component') return [{ kind, address: text }];
  const ref = readText(field.at('ref'));
  const paths = readTexts(field.required('file')) ?? [];
  return paths.map((path) => ({ kind, project: text, path, ...(ref && { ref }) }));
}

/** https://docs.gitlab.com/ci/yaml/#includecache */
function readCache(field: Field): { readonly cache?: number } {
  if (field.isEmpty || field.value === false) return {};
  const seconds = field.value === true ? HOUR : readDuration(field, MAX_CACHE);
  return seconds === undefined ? {} : { cache: seconds };
}

/** Returns the name of a source in messages. */
export function nameOf(source: IncludeSource): string {
  if (source.kind === 'local') return source.path;
  return source.kind === 'template' ? `template ${source.name}` : includeSource(source);
}

/** Returns what a configuration names, in one text; with the kind it is unique. */
export function includeSource(include: ForeignInclude): string {
  if (include.kind === 'remote') return include.url;
  if (include.kind === 'template') return include.name;
  if (include.kind === 'component') return `${include.address}${include.path === undefined ? '' : `:${include.path}`}`;
  return `${include.project}:${include.path}${include.ref === undefined ? '' : `@${include.ref}`}`;
}
