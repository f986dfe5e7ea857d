import { sha256 } from '../../kit/index.ts';
import type { Field } from '../document/field.ts';
import { checkMapping, readChoice, readFlag, readList, readName, readNames } from '../document/values.ts';
import type { Cache } from '../job-plan.ts';
import { UPLOAD_TIMES } from './artifacts.ts';

interface Files {
  readonly readFile: (path: string) => string | undefined;
  /** Returns the paths that a pattern matches. */
  readonly filesLike: (pattern: string) => readonly string[];
}

const KEYS = ['key', 'fallback_keys', 'paths', 'untracked', 'unprotect', 'policy', 'when'];
const MAX_CACHES = 4;
const MAX_KEY_FILES = 10;
/** Each of the files is read. */
const MAX_MATCHES = 200;
const MAX_FALLBACKS = 5;

/** Reads one cache or a list; an empty list or mapping means none. https://docs.gitlab.com/ci/yaml/#cache */
export function readCaches(field: Field, repository: Files): readonly Cache[] | undefined {
  if (field.isEmpty) return undefined;
  const items = field.items();
  if (items.length > MAX_CACHES) field.invalid(`a list of at most ${MAX_CACHES} caches`);
  return items.map((item) => readCache(item, repository)).filter((cache) => cache !== undefined);
}

function readCache(field: Field, repository: Files): Cache | undefined {
  if (!checkMapping(field, KEYS) || Object.keys(field.mapping).length === 0) return undefined;
  return {
    key: readKey(field.at('key'), repository),
    fallbackKeys: readFallbacks(field.at('fallback_keys')),
    paths: readList(field.at('paths')) ?? [],
    untracked: readFlag(field.at('untracked')) ?? false,
    unprotect: readFlag(field.at('unprotect')) ?? false,
    policy: readPolicy(field.at('policy')),
    when: readChoice(field.at('when'), UPLOAD_TIMES) ?? 'on_success',
  };
}

function readFallbacks(field: Field): readonly string[] {
  const keys = readNames(field) ?? [];
  if (keys.length > MAX_FALLBACKS) field.invalid(`a list of at most ${MAX_FALLBACKS} keys`);
  return keys;
}

function readPolicy(field: Field): string {
  if (typeof field.value === 'string' && field.value.includes('$')) return field.value;
  return readChoice(field, ['pull', 'push', 'pull-push']) ?? 'pull-push';
}

function readKey(field: Field, repository: Files): string {
  if (!field.isMapping) {
    const key = readName(field) ?? 'default';
    const isPath = /\/|%2f/i.test(key) || /^(?:\.|%2e)*$/i.test(key);
    return isPath ? (field.invalid('a name without a slash that is not made of dots only', key) ?? 'default') : key;
  }
  checkMapping(field, ['files', 'files_commits', 'prefix']);
  const list = field.required(field.has('files_commits') ? 'files_commits' : 'files');
  const names = readList(list) ?? [];
  if (names.length > MAX_KEY_FILES || (Array.isArray(list.value) && names.length === 0))
    list.invalid(`a list of one to ${MAX_KEY_FILES} files`, names);
  const prefix = readName(field.at('prefix'));
  const files = filesOf(names, repository);
  if (files.length > MAX_MATCHES) list.invalid(`patterns of at most ${MAX_MATCHES} files`, files.length);
  const key = keyOfFiles(files.slice(0, MAX_MATCHES), repository);
  return prefix === undefined ? key : `${prefix}-${key}`;
}

function filesOf(names: readonly string[], { filesLike }: Files): readonly string[] {
  const paths = names.map((name) => name.replace(/^\.?\//, ''));
  return paths.flatMap((path) => (path.includes('*') ? filesLike(path) : [path]));
}

/** Returns `default` where none of the files exists, as GitLab does. https://docs.gitlab.com/ci/yaml/#cachekeyfiles */
function keyOfFiles(files: readonly string[], { readFile }: Files): string {
  const texts = files.flatMap((file) => readFile(file) ?? []);
  return texts.length === 0 ? 'default' : sha256(JSON.stringify(texts));
}
