import * as z from 'zod';

export const JobVariable = z
  .object({
    key: z.string().describe('Name of the variable.'),
    value: z.string().describe('Value of the variable.'),
    public: z.boolean().optional().describe('Whether everybody may see the value.'),
    masked: z.boolean().optional().describe('The runner replaces the value in the log.'),
    file: z.boolean().optional().describe('The runner writes the value to a file and exports the file’s path.'),
    raw: z.boolean().optional().describe('No expansion of `$` in the value.'),
  })
  .meta({
    id: 'JobVariable',
    description: 'One variable of a job. Values are always text; of two with one key the later wins.',
  });
export type JobVariable = z.infer<typeof JobVariable>;
