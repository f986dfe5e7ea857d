import * as z from 'zod';

export const Problem = z
  .object({
    code: z.string().describe('One of docs/reference/errors.md.'),
    message: z.string().describe('What is wrong, in a sentence.'),
    hint: z.string().optional().describe('What to do about it.'),
  })
  .meta({ id: 'Problem', description: 'What went wrong, as the body of an answer with status 4xx or 5xx.' });
export type Problem = z.infer<typeof Problem>;
