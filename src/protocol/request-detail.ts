import * as z from 'zod';
import { Time, Url } from './formats.ts';
import { PipelineView } from './pipeline-view.ts';
import { RequestPlan } from './request-plan.ts';
import { RequestView } from './stack-view.ts';

export const CommandView = z
  .object({
    id: z.string().describe('Id of the comment or click.'),
    actor: z.string().describe('Account at the forge, or the name by which the server knows the person.'),
    text: z.string().describe('As it was written.'),
    sha: z.string().describe('Head of the request when it was read.'),
    at: Time.describe('When.'),
    state: z.enum(['pending', 'done', 'refused']).describe('What became of it.'),
    answer: z.string().optional().describe('Answer of the server.'),
  })
  .meta({ id: 'CommandView', description: 'A command that a person gave at the forge, and its answer.' });
export type CommandView = z.infer<typeof CommandView>;

export const RequestDetail = RequestView.extend({
  baseSha: z.string().describe('Commit of the base branch.'),
  headUrl: Url.optional().describe('The page of the head at the forge.'),
  draft: z.boolean().optional().describe('Whether it is a draft.'),
  labels: z.array(z.string()).optional().describe('Names of its labels.'),
  trust: PipelineView.shape.trust.describe('How far its jobs are trusted.'),
  tier: z
    .string()
    .optional()
    .describe('What its author is to the repository; absent where the forge does not report that.'),
  approval: z
    .object({
      sha: z.string().describe('Commit that was approved.'),
      by: z.string().describe('Who approved it.'),
      at: Time.describe('When.'),
    })
    .optional()
    .describe('The last approval; it counts for the head with this SHA alone.'),
  plan: RequestPlan.optional().describe('Of an open request.'),
  pipelines: z.array(PipelineView).describe('Its newest pipelines, the newest first.'),
  commands: z.array(CommandView).describe('Its newest commands, the newest first.'),
}).meta({ id: 'RequestDetail', description: 'A pull request with what would run for it, and what ran.' });
export type RequestDetail = z.infer<typeof RequestDetail>;
