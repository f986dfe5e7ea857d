import { isMapping } from '../document/mapping.ts';
import { keywordTable, type Keyword } from './keyword-table.ts';

/** Top-level keys that are not jobs; https://docs.gitlab.com/ci/yaml/#keywords and the older global keywords. */
const GLOBAL_KEYWORDS: ReadonlySet<string> = new Set([
  'default',
  'include',
  'stages',
  'types',
  'variables',
  'workflow',
  'spec',
  'image',
  'services',
  'before_script',
  'after_script',
  'cache',
]);

/** Those that are nevertheless jobs where they have what only jobs have, as in GitLab. */
const POSSIBLE_JOBS: ReadonlySet<string> = new Set(['default', 'workflow']);

/** Returns whether a top-level key configures the whole file. */
export function isGlobal(key: string, value: unknown): boolean {
  const isJob = POSSIBLE_JOBS.has(key) && isMapping(value) && ['script', 'run', 'trigger'].some((one) => one in value);
  return GLOBAL_KEYWORDS.has(key) && !isJob;
}

/** Names that GitLab refuses for jobs. https://docs.gitlab.com/ci/jobs/#job-names */
export const RESERVED_NAMES: ReadonlySet<string> = new Set(['true', 'false', 'nil', 'pages:deploy']);

/** Keywords that a job can inherit from `default`, or from the older global ones. */
export const DEFAULT_KEYWORDS: readonly string[] = [
  'after_script',
  'artifacts',
  'before_script',
  'cache',
  'hooks',
  'id_tokens',
  'image',
  'interruptible',
  'retry',
  'services',
  'tags',
  'timeout',
];

/** Those of them that can also be used at the top level, from before `default` existed. */
export const OLD_GLOBALS: readonly string[] = ['after_script', 'before_script', 'cache', 'image', 'services'];

/** Keywords of scripts, which a job with a `trigger` must not have. */
export const SCRIPT_ONLY: ReadonlySet<string> = new Set([
  'after_script',
  'artifacts',
  'before_script',
  'cache',
  'coverage',
  'dependencies',
  'hooks',
  'id_tokens',
  'image',
  'inputs',
  'pages',
  'release',
  'retry',
  'script',
  'services',
  'tags',
  'timeout',
]);

/** Job keywords that are read. */
export const JOB_KEYWORDS: ReadonlySet<string> = new Set(jobKeywords('supported').map(({ name }) => first(name)));

/** Job keywords that GitLab knows and that change nothing here; using one is worth a warning. */
export const IGNORED_KEYWORDS: ReadonlySet<string> = new Set(
  jobKeywords('ignored').flatMap(({ name }) => (first(name) === name ? [name] : [])),
);

/** Keywords that would change the meaning of a job, and the alternatives; ignoring them would be wrong. */
export const REFUSED_KEYWORDS: ReadonlyMap<string, string> = new Map(
  jobKeywords('refused').flatMap(({ name, note = '' }) => (first(name) === name ? [[name, note] as const] : [])),
);

function jobKeywords(status: Keyword['status']): readonly Keyword[] {
  return keywordTable.filter(
    (keyword) => (keyword.level === 'job' || keyword.level === 'trigger') && keyword.status === status,
  );
}

function first(name: string): string {
  return /^\w+/.exec(name)?.[0] ?? name;
}
