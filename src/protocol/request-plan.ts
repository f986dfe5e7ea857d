import * as z from 'zod';
import { IncludeView } from './include-view.ts';
import { Problem } from './problem.ts';

const ShownText = z
  .object({
    text: z.string().describe('The text, or its beginning.'),
    omitted: z.number().int().describe('How many characters follow that are not shown.'),
  })
  .describe('A text of a repository, or its beginning. Characters that are not seen are written as `\\u{…}`.');
export type ShownText = z.infer<typeof ShownText>;

export const PlannedJob = z
  .object({
    name: z.string().describe('Name of the job.'),
    stage: z.string().describe('Stage of the pipeline.'),
    kind: z.enum(['script', 'trigger']).describe('A script, or the trigger of a child pipeline.'),
    when: z.string().describe('`on_success`, `manual`, …'),
    image: z.string().optional().describe('Container image of the job.'),
    services: z.array(z.string()).describe('Images of its services.'),
    tags: z.array(z.string()).describe('Tags that a runner must have.'),
    beforeSources: ShownText.optional().describe('Commands that run before the sources are fetched.'),
    script: ShownText.optional().describe('`before_script` and `script`.'),
    afterScript: ShownText.optional(),
    variables: ShownText.optional().describe('One `NAME=value` a line.'),
    children: z.array(z.string()).describe('Where a trigger finds its child pipeline.'),
  })
  .meta({
    id: 'PlannedJob',
    description: 'A job that would run, as its configuration has it: variables are not expanded. Long texts are cut.',
  });
export type PlannedJob = z.infer<typeof PlannedJob>;

export const DiagnosticView = Problem.extend({
  severity: z.enum(['error', 'warning']).describe('Whether nothing runs because of it.'),
  file: z.string().describe('Path of the file.'),
  line: z.number().int().describe('Line, from 1.'),
  column: z.number().int().describe('Column, from 1.'),
}).meta({ id: 'DiagnosticView', description: 'A fault of a configuration.' });
export type DiagnosticView = z.infer<typeof DiagnosticView>;

export const RequestPlan = z
  .object({
    sha: z.string().optional().describe('SHA of the merge; absent where they conflict.'),
    nothing: z.string().optional().describe('Why nothing would run.'),
    problem: Problem.optional().describe('Why the plan could not be read.'),
    diagnostics: z.array(DiagnosticView).describe('The first faults of its configuration.'),
    jobs: z.array(PlannedJob).describe('The first jobs.'),
    includes: z.array(IncludeView).describe('Texts from outside of the repository that it is read from.'),
    jobCount: z.number().int().describe('Of all jobs.'),
    paths: z
      .array(
        z.object({
          path: z.string().describe('Path in the repository.'),
          configures: z.boolean().describe('Whether it configures pipelines.'),
        }),
      )
      .describe('Paths that the merge changes in the base, first those that configure pipelines.'),
    pathCount: z.number().int().optional().describe('Of all changed paths; absent where it is not known what differs.'),
  })
  .meta({ id: 'RequestPlan', description: 'What would run for a request, read from its head merged into its base.' });
export type RequestPlan = z.infer<typeof RequestPlan>;
