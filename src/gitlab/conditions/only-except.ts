import { evaluateChanges, type FileSetting } from './file-conditions.ts';
import type { ConditionCache } from './condition-cache.ts';
import { regexToken } from './expression-tokens.ts';
import type { Spot } from '../document/fault-list.ts';
import { compileRegex } from './linear-regex.ts';
import { get, isMapping, type Mapping } from '../document/mapping.ts';
import { readList, rejectUnknown } from '../document/values.ts';

/** What `only` and `except` look at. */
interface RefSetting extends FileSetting {
  readonly conditions: ConditionCache;
  /** `CI_PIPELINE_SOURCE`. */
  readonly source: string;
}

type Ref = { readonly kind: 'branch' | 'tag' | 'request'; readonly name: string; readonly source: string };

/** GitLab's rule for jobs that say nothing: pipelines of branches and tags, not those of merge requests. */
const STANDARD: Mapping = { refs: ['branches', 'tags'] };

/**
 * Whether the old keywords let a job run: everything in `only` must hold, nothing in `except` may.
 * https://docs.gitlab.com/ci/yaml/deprecated_keywords/#only--except
 */
export function allowsRef(job: Mapping, spot: Spot, setting: RefSetting): boolean {
  const only = readPolicy(get(job, 'only') ?? STANDARD, spot.child('only'));
  const except = readPolicy(get(job, 'except') ?? {}, spot.child('except'));
  const wanted = partsOf({ refs: STANDARD['refs'], ...only }, spot.child('only'), setting);
  const unwanted = partsOf(except, spot.child('except'), setting);
  return wanted.every((holds) => holds) && !unwanted.some((holds) => holds);
}

function readPolicy(value: unknown, spot: Spot): Mapping {
  if (!isMapping(value)) return { refs: value };
  rejectUnknown(value, ['refs', 'variables', 'changes', 'kubernetes'], spot);
  return value;
}

function partsOf(policy: Mapping, spot: Spot, setting: RefSetting): readonly boolean[] {
  return Object.keys(policy).flatMap((key) => {
    const [value, at] = [get(policy, key), spot.child(key)];
    if (key === 'refs') return [matchesRefs(readList(value, at) ?? [], at, setting)];
    if (key === 'changes') return [evaluateChanges(value, at, setting)];
    if (key === 'variables') return [matchesVariables(value, at, setting)];
    if (key !== 'kubernetes') return [];
    at.warn('GITLAB_KEYWORD_IGNORED', { keyword: at.key });
    return [false];
  });
}

function matchesVariables(value: unknown, spot: Spot, { conditions, lookup }: RefSetting): boolean {
  const expressions = (Array.isArray(value) ? value : [value]).map((item) => conditions.compile(item, spot));
  return expressions.some((holds) => holds(lookup));
}

function matchesRefs(patterns: readonly string[], spot: Spot, { source, lookup }: RefSetting): boolean {
  const tag = lookup('CI_COMMIT_TAG');
  const isRequest = source === 'merge_request_event' || lookup('CI_MERGE_REQUEST_IID') !== undefined;
  const kind = tag === undefined ? (isRequest ? 'request' : 'branch') : 'tag';
  const name = tag ?? lookup('CI_COMMIT_REF_NAME') ?? lookup('CI_COMMIT_BRANCH') ?? '';
  const path = lookup('CI_PROJECT_PATH');
  return patterns.some((written) => {
    const [pattern = '', project] = written.split(/@(.*)/s);
    return (project === undefined || project === path) && matchesRef(pattern, spot, { kind, name, source });
  });
}

function matchesRef(pattern: string, spot: Spot, { kind, name, source }: Ref): boolean {
  if ((kind === 'tag' && pattern === 'tags') || (kind === 'branch' && pattern === 'branches')) return true;
  const singular = source.replace(/_event$/, '');
  if (pattern === singular || pattern === plural(singular)) return true;
  if (kind === 'request') return false;
  const token = regexToken(pattern);
  if (token === undefined) return pattern === name;
  const regex = compileRegex(token.source, token.flags);
  if (typeof regex !== 'string') return regex(name);
  spot.error('GITLAB_EXPRESSION_INVALID', { expression: pattern, reason: `the pattern ${regex}` });
  return false;
}

function plural(word: string): string {
  return /(?:s|sh|ch)$/.test(word) ? `${word}es` : `${word}s`;
}
