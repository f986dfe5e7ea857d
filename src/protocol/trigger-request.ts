import * as z from 'zod';
import { Url } from './formats.ts';
import { PipelineView } from './pipeline-view.ts';
import { Sha } from './sha.ts';

export const TriggerRequest = z
  .strictObject({
    ref: z.string().min(1).max(255).describe('Branch to run the pipeline for.'),
    sha: Sha.optional().describe('Commit that the branch must be at; without it, its newest one.'),
    variables: z
      .record(z.string().max(255), z.string().max(10_000))
      .default({})
      .describe('Variables of the pipeline, by name.'),
  })
  .meta({ id: 'TriggerRequest', description: 'A branch to start a pipeline for.' });

export const ApprovalRequest = z
  .strictObject({ sha: Sha.describe('Head of the pull request that was reviewed. A newer head needs a new approval.') })
  .meta({ id: 'ApprovalRequest', description: 'The commit to approve.' });

export const RunRequest = z.strictObject({}).meta({ id: 'RunRequest', description: 'An empty object, or no body.' });

export const RebuildRequest = z
  .strictObject({
    package: z
      .string()
      .regex(/^[a-z0-9_][a-z0-9_-]{0,99}$/)
      .describe('Name of the package to build again, although a mirror has it.'),
  })
  .meta({ id: 'RebuildRequest', description: 'The package to build again.' });

export const StartedPipeline = PipelineView.pick({
  id: true,
  stack: true,
  ref: true,
  sha: true,
  trust: true,
  status: true,
})
  .extend({ url: Url.describe('Page of the pipeline.') })
  .meta({ id: 'StartedPipeline', description: 'The pipeline that the request started.' });
export type StartedPipeline = z.infer<typeof StartedPipeline>;

export const Acknowledgment = z
  .object({ message: z.string().describe('What happens next.') })
  .meta({ id: 'Acknowledgment', description: 'The request was accepted; its effect comes later.' });
