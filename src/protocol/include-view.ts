import * as z from 'zod';

export const IncludeView = z
  .object({
    kind: z.enum(['remote', 'project', 'component', 'template']).describe('Keyword below `include`.'),
    source: z.string().describe('What the configuration names, variables expanded.'),
    resolved: z.string().describe('What that was when it was read: a URL, or a commit and a path.'),
    sha256: z.string().describe('SHA-256 of the text, in hexadecimal.'),
  })
  .meta({ id: 'IncludeView', description: 'A text from outside of the repository that a pipeline was read from.' });
export type IncludeView = z.infer<typeof IncludeView>;
