import { evaluateChanges, type FileSetting } from './file-conditions.ts';
import type { ConditionCache } from './condition-cache.ts';
import { regexToken } from './expression-tokens.ts';
import type { Field } from '../document/field.ts';
import { compileRegex } from './linear-regex.ts';
import type { Mapping } from '../document/mapping.ts';
import { checkMapping, readList } from '../document/values.ts';

/** What `only` and `except` compare with. */
interface RefSetting extends FileSetting {
  readonly conditions: ConditionCache;
  /** `CI_PIPELINE_SOURCE`. */
  readonly source: string;
}

type Ref = { readonly kind: 'branch' | 'tag' | 'request'; readonly name: string; readonly source: string };

/** GitLab's rule for jobs without these keywords: pipelines of branches and tags, not those of merge requests. */
const STANDARD: Mapping = { refs: ['branches', 'tags'] };

/**
 * Returns whether the old keywords let a job run: everything in `only` must hold, nothing in `except` may.
 * https://docs.gitlab.com/ci/yaml/deprecated_keywords/#only--except
 */
export function allowsRef(job: Field, setting: RefSetting): boolean {
  const only = readPolicy(job.at('only'), STANDARD);
  const except = readPolicy(job.at('except'), {});
  const required = partsOf(only.with({ ...STANDARD, ...only.mapping }), setting);
  const excluded = partsOf(except, setting);
  return required.every((holds) => holds) && !excluded.some((holds) => holds);
}

function readPolicy(field: Field, standard: Mapping): Field {
  if (field.isEmpty) return field.with(standard);
  if (!field.isMapping) return field.with({ refs: field.value });
  checkMapping(field, ['refs', 'variables', 'changes', 'kubernetes']);
  return field;
}

function partsOf(policy: Field, setting: RefSetting): readonly boolean[] {
  return Object.keys(policy.mapping).flatMap((key) => {
    const field = policy.at(key);
    if (key === 'refs') return [matchesRefs(field, setting)];
    if (key === 'changes') return [evaluateChanges(field, setting)];
    if (key === 'variables') return [matchesVariables(field, setting)];
    if (key !== 'kubernetes') return [];
    field.ignored();
    return [false];
  });
}

function matchesVariables(field: Field, { conditions, lookup }: RefSetting): boolean {
  const expressions = field.items().map((item) => conditions.compile(item));
  return expressions.some((holds) => holds(lookup));
}

function matchesRefs(field: Field, { source, lookup }: RefSetting): boolean {
  const tag = lookup('CI_COMMIT_TAG');
  const isRequest = source === 'merge_request_event' || lookup('CI_MERGE_REQUEST_IID') !== undefined;
  const kind = tag === undefined ? (isRequest ? 'request' : 'branch') : 'tag';
  const name = tag ?? lookup('CI_COMMIT_REF_NAME') ?? lookup('CI_COMMIT_BRANCH') ?? '';
  const path = lookup('CI_PROJECT_PATH');
  return (readList(field) ?? []).some((written) => {
    const [pattern = '', project] = written.split(/@(.*)/s);
    return (project === undefined || project === path) && matchesRef(pattern, field, { kind, name, source });
  });
}

function matchesRef(pattern: string, field: Field, { kind, name, source }: Ref): boolean {
  if ((kind === 'tag' && pattern === 'tags') || (kind === 'branch' && pattern === 'branches')) return true;
  const singular = source.replace(/_event$/, '');
  if (pattern === singular || pattern === plural(singular)) return true;
  if (kind === 'request') return false;
  const token = regexToken(pattern);
  if (token === undefined) return pattern === name;
  const regex = compileRegex(token.source, token.flags);
  if (typeof regex !== 'string') return regex(name);
  return field.error('GITLAB_EXPRESSION_INVALID', { expression: pattern, reason: `the pattern ${regex}` }) ?? false;
}

function plural(word: string): string {
  return /(?:s|sh|ch)$/.test(word) ? `${word}es` : `${word}s`;
}
