import * as z from 'zod';
import { checkYaml, readYaml, type Diagnostic } from '../../kit/index.ts';
import { ImageDefinition } from '../../image/index.ts';
import { LockPolicy } from '../../spack/index.ts';
import type { Stack } from '../context.ts';
import { RequestRule } from '../requests/request-rule.ts';

/** `slipway.yaml`, the part of a stack's repository that is slipway's own. */
export const StackPolicy = z.strictObject({
  builder: z
    .enum(['recipes', 'spack'])
    .optional()
    .describe('What builds the packages. Default: `recipes` if the folder `recipes/` exists, otherwise `spack`'),
  forks: z
    .enum(['hold', 'run'])
    .default('hold')
    .describe(
      'What happens to pull requests from forks. `hold`: each head commit waits for `slipway approve`; `run`: ' +
        'it runs in a sandbox without secrets. Read from the base branch',
    ),
  drafts: z
    .enum(['hold', 'run'])
    .default('hold')
    .describe(
      'What happens to draft pull requests. `hold`: a draft waits until it is marked as ready or approved with ' +
        '`slipway approve`; `run`: it runs like any other. Read from the base branch',
    ),
  requests: z
    .strictObject({
      maintainers: z
        .array(z.string().min(1))
        .default([])
        .describe('Accounts at the forge that may approve, besides those that administer the repository'),
      trusted: z
        .array(z.string().min(1))
        .default([])
        .describe('Accounts at the forge that may give commands, besides those that may write to the repository'),
      rules: z
        .array(RequestRule)
        .default([])
        .describe('What happens to changes; the first rule that matches decides. Without one, `forks` and `drafts` do'),
    })
    .prefault({})
    .describe('Who may do what with pull requests, and which of them run. Read from the base branch'),
  noPipeline: z
    .enum(['success', 'nothing'])
    .default('success')
    .describe(
      'Status of a commit for which `workflow:rules`, or the rules of all jobs, create no pipeline. `success`: ' +
        'a required status does not block the merge; `nothing`: no status is posted. Read from the base branch',
    ),
  comment: z
    .boolean()
    .default(true)
    .describe(
      'Whether pull requests get a comment that shows what a change does and why it failed. `false`: only once ' +
        'a user gave a command there. Read from the base branch',
    ),
  lock: LockPolicy.default('fresh').describe(
    'How a new Spack lock is made. `fresh`: all roots are concretized; `reuse`: the lock that was last tested ' +
      'on the branch (for a pull request: on its base branch) is kept, and only new and changed roots are ' +
      'concretized. A mapping has `from` (`fresh` or `reuse`) and `jobs`: the number of jobs of the built-in ' +
      'pipeline that share the roots',
  ),
  images: z.array(ImageDefinition).default([]).describe('Images, and the refs that publish them'),
});
export type StackPolicy = z.infer<typeof StackPolicy>;

export const stackPolicyFile = 'slipway.yaml';

interface ReadPolicy {
  /** Absent where the file is invalid. */
  readonly policy?: StackPolicy;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads the policy at a commit; without the file, defaults apply. */
export async function policyAtCommit({ forge }: Pick<Stack, 'forge'>, sha: string): Promise<ReadPolicy> {
  const bytes = await forge.readFile(sha, stackPolicyFile);
  return readStackPolicy(bytes?.toString('utf8') ?? '');
}

export function readStackPolicy(text: string): ReadPolicy {
  const { value, diagnostics } = checkYaml(readYaml(text, stackPolicyFile), StackPolicy);
  return { policy: value, diagnostics };
}
