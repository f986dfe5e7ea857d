import * as z from 'zod';

export const TestCase = z
  .object({
    suite: z.string().describe('Its class, else its suite.'),
    name: z.string().describe('Its name.'),
    status: z.enum(['passed', 'failed', 'errored', 'skipped']).describe('How it ended.'),
    seconds: z.number().optional().describe('How long it took.'),
    message: z.string().optional().describe('Why it failed, in short.'),
    output: z
      .string()
      .optional()
      .describe('What it printed, and the details of its failure; the beginning of long output.'),
  })
  .meta({ id: 'TestCase', description: 'A case in a JUnit report of a job.' });
export type TestCase = z.infer<typeof TestCase>;

export const TestList = z
  .object({
    total: z.number().int().describe('How many match.'),
    cases: z.array(TestCase).describe('The cases, in the order of the reports.'),
    omitted: z.number().int().describe('How many cases of the job were too many to be kept.'),
  })
  .meta({ id: 'TestList', description: 'Cases in the JUnit reports of a job.' });
export type TestList = z.infer<typeof TestList>;
