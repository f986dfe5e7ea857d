import * as z from 'zod';
import { checkYaml, readYaml, type Diagnostic } from '../../kit/index.ts';
import { ImageDefinition } from '../../image/index.ts';
import { LockPolicy } from '../../spack/index.ts';
import type { Stack } from '../context.ts';

/** `slipway.yaml`, the part of a stack's repository that is slipway's own. */
export const StackPolicy = z.strictObject({
  builder: z
    .enum(['recipes', 'spack'])
    .optional()
    .describe('What builds the packages; without it `recipes` if the folder `recipes/` is there, else `spack`'),
  forks: z
    .enum(['hold', 'run'])
    .default('hold')
    .describe(
      'What becomes of pull requests from forks; read from the base branch. `hold`: each head waits until ' +
        '`slipway approve`; `run`: it runs, in a sandbox and without secrets',
    ),
  drafts: z
    .enum(['hold', 'run'])
    .default('hold')
    .describe(
      'Whether draft pull requests run; read from the base branch. `hold`: a draft waits until it is marked ready ' +
        'or approved with `slipway approve`; `run`: it runs like any other',
    ),
  noPipeline: z
    .enum(['success', 'nothing'])
    .default('success')
    .describe(
      'Status of a commit for which `workflow:rules`, or the rules of all jobs, create no pipeline; read from the ' +
        'base branch. `success`: a required status does not block the merge; `nothing`: no status',
    ),
  lock: LockPolicy.default('fresh').describe(
    'How a new lock of Spack is made. `fresh`: all roots are concretized; `reuse`: the lock that the branch tested ' +
      'last (of a pull request: the branch that it goes to) is kept, and only new and changed roots are concretized. ' +
      'Or a mapping of `from: fresh` or `from: reuse`, and `jobs`: how many jobs of the built-in pipeline lock the ' +
      'environment, each a share of its roots',
  ),
  images: z.array(ImageDefinition).default([]).describe('Images, and which refs publish them'),
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
