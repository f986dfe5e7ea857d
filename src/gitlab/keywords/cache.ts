import { sha256 } from '../../kit/index.ts';
import type { Field } from '../document/field.ts';
import { checkMapping, readChoice, readFlag, readList, readName, readNames } from '../document/values.ts';
import type { Cache } from '../job-plan.ts';
import { UPLOAD_TIMES } from './artifacts.ts';

type ReadFile = (path: string) => string | undefined;

const KEYS = ['key', 'fallback_keys', 'paths', 'untracked', 'unprotect', 'policy', 'when'];
const MAX_CACHES = 4;
const MAX_KEY_FILES = 2;
const MAX_FALLBACKS = 5;

/** Reads one cache or a list; an empty list or mapping means none. https://docs.gitlab.com/ci/yaml/#cache */
export function readCaches(field: Field, readFile: ReadFile): readonly Cache[] | undefined {
  if (field.isEmpty) return undefined;
  const items = field.items();
  if (items.length > MAX_CACHES) field.invalid(`a list of at most ${MAX_CACHES} caches`);
  return items.map((item) => readCache(item, readFile)).filter((cache) => cache !== undefined);
}

function readCache(field: Field, readFile: ReadFile): Cache | undefined {
  if (!checkMapping(field, KEYS) || Object.keys(field.mapping).length === 0) return undefined;
  return {
    key: readKey(field.at('key'), readFile),
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

function readKey(field: Field, readFile: ReadFile): string {
  if (!field.isMapping) {
    const key = readName(field) ?? 'default';
    const isPath = /\/|%2f/i.test(key) || /^(?:\.|%2e)*$/i.test(key);
    return isPath ? (field.invalid('a name without a slash that is not made of dots only', key) ?? 'default') : key;
  }
  checkMapping(field, ['files', 'files_commits', 'prefix']);
  const list = field.required(field.has('files_commits') ? 'files_commits' : 'files');
  const files = readList(list) ?? [];
  if (files.length > MAX_KEY_FILES || (Array.isArray(list.value) && files.length === 0))
    list.invalid(`a list of one or ${MAX_KEY_FILES} files`, files);
  const prefix = readName(field.at('prefix'));
  const key = keyOfFiles(files, readFile);
  return prefix === undefined ? key : `${prefix}-${key}`;
}

/** Returns `default` where none of the files exists, as GitLab does. https://docs.gitlab.com/ci/yaml/#cachekeyfiles */
function keyOfFiles(files: readonly string[], readFile: ReadFile): string {
  const texts = files.flatMap((file) => readFile(file.replace(/^\.?\//, '')) ?? []);
  return texts.length === 0 ? 'default' : sha256(JSON.stringify(texts));
}
