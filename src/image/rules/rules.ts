import * as z from 'zod';
import { isTag } from '../../oci/index.ts';
import { compileRefPattern, expressionOf, groupCount, groupsNamed } from './expression.ts';

const Tag = z
  .string()
  .min(1)
  .describe('Tag of the image; `$1` stands for what the first group of the expression matched');
const Name = (what: string) =>
  z.string().min(1).describe(`Name of the ${what}, or a regular expression between slashes: \`/^release-(.+)$/\``);

const target = {
  tag: Tag.optional(),
  tags: z.array(Tag).min(1).optional().describe('Several tags for the same image, instead of `tag`'),
  actors: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe(
      'Publish only what one of these accounts of the forge pushed. If the account is unknown, nothing is ' +
        'published',
    ),
  immutable: z
    .boolean()
    .optional()
    .describe(
      'Whether a tag that was published never refers to another image again, also not with `moved`, `retag`, ' +
        '`rebase` or `--replace`',
    ),
};

interface Target {
  readonly tag?: string;
  readonly tags?: readonly string[];
}

const previewTag = 'pr-$1';

const BranchRule = z
  .strictObject({ branch: Name('branch'), ...target })
  .superRefine((rule, context) => check({ source: expressionOf(rule.branch), key: 'branch' }, rule, context));

const GitTagRule = z
  .strictObject({ gitTag: Name('tag of the repository'), ...target })
  .superRefine((rule, context) => check({ source: expressionOf(rule.gitTag), key: 'gitTag' }, rule, context));

const RefRule = z
  .strictObject({
    ref: z.string().min(1).describe('Regular expression that the name of a branch or tag matches'),
    ...target,
  })
  .superRefine((rule, context) => check({ source: rule.ref, key: 'ref' }, rule, context));

/** No other tag than `pr-<number>`: nothing that a pull request does may move what others pull. */
const PreviewRule = z.strictObject({
  pullRequests: z
    .literal(true)
    .describe(
      'Publish what pull requests of the team built, unsigned, as `pr-<number>`. Pull requests from forks are ' +
        'never published',
    ),
});

export const ImageRule = z.union([BranchRule, GitTagRule, RefRule, PreviewRule], {
  error: 'expected `{ branch, tag }`, `{ gitTag, tag }`, `{ ref, tag }` or `{ pullRequests: true }`',
});
export type ImageRule = z.infer<typeof ImageRule>;

/** A rule by what it is for, as people know it from the file: `gitTag: /^v(.+)$/`. */
export function describeRule(rule: ImageRule): string {
  if ('pullRequests' in rule) return 'pullRequests: true';
  if ('branch' in rule) return `branch: ${rule.branch}`;
  return 'gitTag' in rule ? `gitTag: ${rule.gitTag}` : `ref: ${rule.ref}`;
}

/** The tags that a rule names, groups not yet filled in. */
export function tagsOfRule(rule: ImageRule): readonly string[] {
  if ('pullRequests' in rule) return [previewTag];
  return rule.tags ?? (rule.tag === undefined ? [] : [rule.tag]);
}

function check(
  { source, key }: { source: string | undefined; key: string },
  rule: Target,
  context: z.core.$RefinementCtx,
): void {
  const fault = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
  if ((rule.tag === undefined) === (rule.tags === undefined)) return fault('tag', 'a rule has either `tag` or `tags`');
  const expression = source === undefined ? undefined : compileRefPattern(source);
  if (typeof expression === 'string') return fault(key, expression);
  const groups = source === undefined ? 0 : groupCount(source);
  for (const tag of rule.tags ?? [rule.tag as string]) {
    const path = rule.tags === undefined ? 'tag' : 'tags';
    const missing = groupsNamed(tag).find((group) => group > groups);
    if (missing !== undefined)
      fault(path, `\`$${missing}\` names a group that \`${source ?? 'a plain name'}\` does not have`);
    else if (groupsNamed(tag).length === 0 && !isTag(tag)) fault(path, 'not a valid tag');
  }
  return undefined;
}
