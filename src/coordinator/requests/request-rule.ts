import * as z from 'zod';
import { compileGlob } from '../../kit/index.ts';
import { tiers, type Tier } from '../../access/index.ts';

const Patterns = z.array(z.string().min(1)).min(1);
const events = ['pull-request', 'push', 'tag', 'merge-queue'] as const;

const Condition = z.strictObject({
  event: z
    .array(z.enum(events))
    .min(1)
    .default(['pull-request'])
    .describe(
      'What happened: one of these. A push is one to a protected branch; `merge-queue`: a commit of a merge queue',
    ),
  fork: z.boolean().optional().describe('Whether the pull request is from a fork'),
  draft: z.boolean().optional().describe('Whether the pull request is a draft'),
  labels: Patterns.optional().describe('The pull request has one of these labels; `*` matches any text'),
  authors: Patterns.optional().describe(
    'Account at the forge that opened the pull request, or that pushed; `*` matches any text. Never matches on a ' +
      'plain git remote, which does not authenticate authors',
  ),
  tier: z.array(z.enum(tiers)).min(1).optional().describe('The author of the pull request is in one of these tiers'),
  paths: z
    .strictObject({
      all: Patterns.optional().describe('Every changed path matches one of these patterns'),
      any: Patterns.optional().describe('At least one changed path matches one of these patterns'),
      ci: z
        .boolean()
        .optional()
        .describe(
          'Whether a changed path configures CI: `.gitlab-ci.yml`, `.gitlab/`, `slipway.yaml`, and what Dockerfiles ' +
            'of `images` are built from',
        ),
    })
    .optional()
    .describe('Paths that the change touches; patterns are those of `rules:changes`'),
});

/** A rule of `requests.rules` in `slipway.yaml`. */
export const RequestRule = z
  .strictObject({
    if: Condition.prefault({}).describe('Conditions, all of which must hold'),
    // oxlint-disable-next-line unicorn/no-thenable -- It is no function, so nothing takes it for a promise.
    then: z
      .enum(['run', 'hold', 'skip'])
      .describe('`run`: the pipeline starts; `hold`: it waits for approval; `skip`: there is no pipeline'),
  })
  .superRefine(({ if: condition, then }, check) => {
    const refuse = (message: string, path: string) => check.addIssue({ code: 'custom', path: ['if', path], message });
    // Users who may push to the fork choose the commit that the label is on.
    if (then === 'run' && condition.labels !== undefined && condition.fork !== false)
      refuse('a label is not bound to a commit, so it cannot start forks: add `fork: false`', 'labels');
    if (then === 'hold' && condition.event.some((event) => event !== 'pull-request'))
      refuse('only a pull request can be held', 'event');
  });
export type RequestRule = z.infer<typeof RequestRule>;

/** What rules are compared with. Facts that cost something are looked up once a rule needs them. */
export interface RuleFacts {
  readonly event: (typeof events)[number];
  readonly fork?: boolean;
  readonly draft?: boolean;
  readonly labels?: readonly string[];
  /** Undefined where no one authenticated it. */
  readonly author?: string;
  /** Undefined where there is no author. */
  readonly tier: () => Promise<Tier | undefined>;
  /** Undefined where the change cannot be compared with its base. */
  readonly paths: () => Promise<readonly string[] | undefined>;
  readonly configuresCi: (path: string) => boolean;
}

/** Returns the number of the first rule that matches, counted from 1, with what follows from it. */
export async function firstRule(
  rules: readonly RequestRule[],
  facts: RuleFacts,
): Promise<{ readonly number: number; readonly effect: RequestRule['then'] } | undefined> {
  for (const [index, rule] of rules.entries())
    if (await isMatch(rule, facts)) return { number: index + 1, effect: rule.then };
  return undefined;
}

/** Describes, for a status, that a rule leaves a change out. */
export function skippedText(number: number): string {
  return `Skipped by rule ${number} of \`requests.rules\` in slipway.yaml.`;
}

async function isMatch({ if: condition, then }: RequestRule, facts: RuleFacts): Promise<boolean> {
  const { event, fork, draft, labels, authors, tier, paths } = condition;
  if (!event.includes(facts.event)) return false;
  if (fork !== undefined && fork !== facts.fork) return false;
  if (draft !== undefined && draft !== (facts.draft ?? false)) return false;
  if (labels !== undefined && !(facts.labels ?? []).some((label) => matchesName(labels, label))) return false;
  if (authors !== undefined && !(facts.author !== undefined && matchesName(authors, facts.author))) return false;
  if (tier !== undefined) {
    const found = await facts.tier();
    if (found === undefined || !tier.includes(found)) return false;
  }
  if (paths === undefined) return true;
  const changed = await facts.paths();
  // Without known paths, a rule that holds matches and any other does not: the change cannot run because of its paths.
  if (changed === undefined) return then === 'hold';
  return isChange(paths, changed, facts);
}

function isChange(
  { all, any, ci }: NonNullable<RequestRule['if']['paths']>,
  changed: readonly string[],
  { configuresCi }: RuleFacts,
): boolean {
  if (all !== undefined && !(changed.length > 0 && changed.every(anyGlob(all)))) return false;
  if (any !== undefined && !changed.some(anyGlob(any))) return false;
  return ci === undefined || ci === changed.some(configuresCi);
}

function anyGlob(patterns: readonly string[]): (path: string) => boolean {
  const globs = patterns.map((pattern) => compileGlob(pattern, 'fnmatch'));
  return (path) => globs.some((glob) => glob(path));
}

/** Forges do not distinguish names of accounts and labels by case. */
export function matchesName(patterns: readonly string[], name: string): boolean {
  return patterns.some((pattern) => compileGlob(pattern.toLowerCase(), 'text')(name.toLowerCase()));
}
