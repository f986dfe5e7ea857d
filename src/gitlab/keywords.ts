/** Top-level keys that are not jobs; https://docs.gitlab.com/ci/yaml/#keywords and the older global keywords. */
export const GLOBAL_KEYWORDS: ReadonlySet<string> = new Set([
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

/** Keywords that a job may take from `default`, or from the older global ones. */
export const DEFAULT_KEYWORDS: ReadonlySet<string> = new Set([
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
]);

/** Job keywords that are read. */
export const JOB_KEYWORDS: ReadonlySet<string> = new Set([
  'after_script',
  'allow_failure',
  'artifacts',
  'before_script',
  'dependencies',
  'extends',
  'id_tokens',
  'image',
  'inherit',
  'interruptible',
  'needs',
  'parallel',
  'resource_group',
  'retry',
  'rules',
  'script',
  'services',
  'stage',
  'start_in',
  'tags',
  'timeout',
  'trigger',
  'variables',
  'when',
]);

/** Job keywords that GitLab knows and that change nothing here; using one is worth a warning. */
export const IGNORED_KEYWORDS: ReadonlySet<string> = new Set([
  'cache',
  'coverage',
  'dast_configuration',
  'environment',
  'except',
  'hooks',
  'identity',
  'manual_confirmation',
  'only',
  'pages',
  'publish',
  'release',
  'type',
]);

/** Keywords that would change what a job means; leaving them out silently would be wrong. */
export const REFUSED_KEYWORDS: Readonly<Record<string, string>> = {
  secrets: 'Give the job its secrets as protected variables of the server',
  run: 'Use `script`',
};
