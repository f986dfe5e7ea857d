import { sha256 } from '../../kit/index.ts';
import type { Spot } from '../document/fault-list.ts';
import type { Cache } from '../job-plan.ts';
import { get, isMapping } from '../document/mapping.ts';
import { readChoice, readFlag, readList, readMapping, readName, readNames, rejectUnknown } from '../document/values.ts';

type ReadFile = (path: string) => string | undefined;

const KEYS = ['key', 'fallback_keys', 'paths', 'untracked', 'unprotect', 'policy', 'when'];
const MAX_CACHES = 4;
const MAX_KEY_FILES = 2;
const MAX_FALLBACKS = 5;

/** One cache or a list of them; an empty list or mapping means none. https://docs.gitlab.com/ci/yaml/#cache */
export function readCaches(value: unknown, spot: Spot, readFile: ReadFile): readonly Cache[] | undefined {
  if (value === undefined || value === null) return undefined;
  const items = Array.isArray(value) ? value : [value];
  if (items.length > MAX_CACHES) spot.invalid(`a list of at most ${MAX_CACHES} caches`, value);
  const caches = items.map((item, index) => readCache(item, Array.isArray(value) ? spot.child(index) : spot, readFile));
  return caches.filter((cache) => cache !== undefined);
}

function readCache(value: unknown, spot: Spot, readFile: ReadFile): Cache | undefined {
  const mapping = readMapping(value, spot);
  if (mapping === undefined || Object.keys(mapping).length === 0) return undefined;
  rejectUnknown(mapping, KEYS, spot);
  const at = (key: string) => [get(mapping, key), spot.child(key)] as const;
  return {
    key: readKey(...at('key'), readFile),
    fallbackKeys: readFallbacks(...at('fallback_keys')),
    paths: readList(...at('paths')) ?? [],
    untracked: readFlag(...at('untracked')) ?? false,
    unprotect: readFlag(...at('unprotect')) ?? false,
    policy: readPolicy(...at('policy')),
    when: readChoice(...at('when'), ['on_success', 'on_failure', 'always'] as const) ?? 'on_success',
  };
}

function readFallbacks(value: unknown, spot: Spot): readonly string[] {
  const keys = readNames(value, spot) ?? [];
  if (keys.length > MAX_FALLBACKS) spot.invalid(`a list of at most ${MAX_FALLBACKS} keys`, value);
  return keys;
}

function readPolicy(value: unknown, spot: Spot): string {
  if (typeof value === 'string' && value.includes('$')) return value;
  return readChoice(value, spot, ['pull', 'push', 'pull-push'] as const) ?? 'pull-push';
}

function readKey(value: unknown, spot: Spot, readFile: ReadFile): string {
  if (!isMapping(value)) {
    const key = readName(value, spot) ?? 'default';
    const isPath = /\/|%2f/i.test(key) || /^(?:\.|%2e)*$/i.test(key);
    return isPath ? (spot.invalid('a name without a slash that is not made of dots only', key) ?? 'default') : key;
  }
  rejectUnknown(value, ['files', 'files_commits', 'prefix'], spot);
  const name = Object.hasOwn(value, 'files_commits') ? 'files_commits' : 'files';
  const files = readList(get(value, name) ?? null, spot.child(name)) ?? [];
  if (files.length > MAX_KEY_FILES || (Array.isArray(get(value, name)) && files.length === 0))
    spot.child(name).invalid(`a list of one or ${MAX_KEY_FILES} files`, files);
  const prefix = readName(get(value, 'prefix'), spot.child('prefix'));
  const key = keyOfFiles(files, readFile);
  return prefix === undefined ? key : `${prefix}-${key}`;
}

/** `default` where none of the files is there, as in GitLab. https://docs.gitlab.com/ci/yaml/#cachekeyfiles */
function keyOfFiles(files: readonly string[], readFile: ReadFile): string {
  const texts = files.flatMap((file) => readFile(file.replace(/^\.?\//, '')) ?? []);
  return texts.length === 0 ? 'default' : sha256(JSON.stringify(texts));
}
