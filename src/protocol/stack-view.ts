import * as z from 'zod';
import { ImageView } from './image-view.ts';
import { PipelineView } from './pipeline-view.ts';
import { Problem } from './problem.ts';
import { StatusView } from './status-view.ts';

/** A pull request, with the newest pipeline that ran for it. */
export const RequestView = z.object({
  stack: z.string(),
  number: z.string(),
  /** The number as the forge writes it: `#7`, `!7`. */
  label: z.string(),
  /** Its page at the forge. */
  url: z.string().optional(),
  title: z.string(),
  author: z.string(),
  headSha: z.string(),
  baseBranch: z.string(),
  fork: z.boolean(),
  state: z.enum(['open', 'closed', 'merged']),
  pipeline: PipelineView.optional(),
  /** The newest status of its head. */
  status: StatusView.optional(),
});
export type RequestView = z.infer<typeof RequestView>;

/** A protected branch, with the newest pipeline that ran for it. */
export const BranchView = z.object({
  name: z.string(),
  /** As seen at the remote. */
  sha: z.string(),
  pipeline: PipelineView.optional(),
  status: StatusView.optional(),
});
export type BranchView = z.infer<typeof BranchView>;

/**
 * A stack of the server: its protected branches; pull requests, open ones first and then the newest 20
 * of the others; the newest image of each tag; the newest 20 pipelines.
 */
export const StackView = z.object({
  name: z.string(),
  /** Without credentials. */
  remote: z.string(),
  defaultBranch: z.string(),
  /** Why nothing runs in it, or why no comments are written. */
  problem: Problem.optional(),
  branches: z.array(BranchView),
  requests: z.array(RequestView),
  images: z.array(ImageView),
  pipelines: z.array(PipelineView),
});
export type StackView = z.infer<typeof StackView>;

export const StackList = z.object({ stacks: z.array(StackView) });
export type StackList = z.infer<typeof StackList>;
