import * as z from 'zod';
import { Url } from './formats.ts';
import { ImageView } from './image-view.ts';
import { PipelineView } from './pipeline-view.ts';
import { Problem } from './problem.ts';
import { StatusView } from './status-view.ts';

export const RequestView = z
  .object({
    stack: z.string().describe('Name of the stack.'),
    number: z.string().describe('Number of the pull request.'),
    label: z.string().describe('The number as the forge writes it: `#7`, `!7`.'),
    url: Url.optional().describe('Its page at the forge.'),
    title: z.string().describe('Title of the pull request.'),
    author: z.string().describe('Account or name of the author.'),
    headSha: z.string().describe('Commit at its head.'),
    baseBranch: z.string().describe('Branch that it goes to.'),
    fork: z.boolean().describe('Whether it comes from another repository.'),
    state: z.enum(['open', 'closed', 'merged']).describe('State of the pull request at the forge.'),
    pipeline: PipelineView.optional(),
    status: StatusView.optional().describe('The newest status of its head.'),
  })
  .meta({ id: 'RequestView', description: 'A pull request, with the newest pipeline that ran for it.' });
export type RequestView = z.infer<typeof RequestView>;

export const BranchView = z
  .object({
    name: z.string().describe('Name.'),
    sha: z.string().describe('As seen at the remote.'),
    pipeline: PipelineView.optional(),
    status: StatusView.optional(),
  })
  .meta({ id: 'BranchView', description: 'A protected branch, with the newest pipeline that ran for it.' });
export type BranchView = z.infer<typeof BranchView>;

export const StackView = z
  .object({
    name: z.string().describe('Name.'),
    remote: z.string().describe('Without credentials.'),
    defaultBranch: z.string().describe('Branch that pull requests usually go to.'),
    problem: Problem.optional().describe('Why nothing runs in it, or why no comments are written.'),
    branches: z.array(BranchView).describe('Protected branches.'),
    requests: z.array(RequestView).describe('Open pull requests, then the newest of the others.'),
    images: z.array(ImageView).describe('The newest image of each tag.'),
    pipelines: z.array(PipelineView).describe('The newest pipelines.'),
  })
  .meta({
    id: 'StackView',
    description:
      'A stack of the server: its protected branches; pull requests, open ones first and then the newest ' +
      '20 of the others; the newest image of each tag; the newest 20 pipelines.',
  });
export type StackView = z.infer<typeof StackView>;

export const StackList = z
  .object({ stacks: z.array(StackView).describe('Stacks, in the order of the configuration.') })
  .meta({ id: 'StackList', description: 'All stacks that the sender may read.' });
export type StackList = z.infer<typeof StackList>;
