import * as z from 'zod';
import { Time, Url } from './formats.ts';
import { FailureReport } from './failure-report.ts';

export const StatusView = z
  .object({
    stack: z.string().describe('Name of the stack.'),
    sha: z.string().describe('SHA of the commit.'),
    context: z.string().describe('Name of the status, which distinguishes it from others of the commit.'),
    state: z.enum(['pending', 'success', 'failure', 'error']).describe('State as the forge has it.'),
    outcome: z
      .enum(['held', 'skipped', 'canceled'])
      .optional()
      .describe('Finer than the state: it waits for a person, was left out, or was canceled.'),
    description: z.string().describe('The status in one line.'),
    detail: z.string().optional().describe('The whole of it, where it does not fit into a status.'),
    url: Url.optional().describe('Page that the status links to.'),
    failure: FailureReport.optional().describe(
      'Why no pipeline could be created for the commit; absent where that is not the case.',
    ),
    at: Time.describe('When it was posted.'),
    problem: z.string().optional().describe('Why the forge does not have it, if it does not.'),
  })
  .meta({ id: 'StatusView', description: 'A status of a commit.' });
export type StatusView = z.infer<typeof StatusView>;
