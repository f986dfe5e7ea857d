import * as z from 'zod';
import { Sha } from './sha.ts';

export const GitHookRequest = z
  .strictObject({
    actor: z.string().min(1).max(255).describe('Account that pushed.'),
    pushes: z
      .array(
        z.strictObject({
          ref: z
            .string()
            .regex(/^refs\/(?:heads|tags)\/./)
            .max(1000)
            .describe('Full name of the branch or tag.')
            .meta({ examples: ['refs/heads/main'] }),
          sha: Sha.describe('Commit that it is at now.'),
        }),
      )
      .max(500)
      .describe('Branches and tags that were pushed.'),
  })
  .meta({ id: 'GitHookRequest', description: 'Who pushed what, from a hook that has the token of the stack.' });
