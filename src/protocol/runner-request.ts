import * as z from 'zod';
import { Time } from './formats.ts';
import { RunnerSummary } from './runner-view.ts';

const DAYS = 1827;

/** A name that fits in one line. */
const RunnerName = z
  .string()
  .trim()
  .min(1)
  .max(255)
  .regex(/^[ -~\u00A0-\uFFFF]*$/, 'must not contain control characters');
const StackNames = z.array(z.string().min(1).max(63)).min(1).max(1000);
const Stacks = StackNames.default(['*']);
const Tags = z.array(z.string().min(1).max(255)).max(100);
const Count = z.number().int().positive();
const Cores = z.number().positive();
const Note = z.string().max(1000);
const Tokens = z.number().positive().max(DAYS).optional();

export const RunnerRequest = z
  .strictObject({
    name: RunnerName.describe('Name, which no other runner has or had.'),
    tags: Tags.default([]).describe('A job runs only where all its tags are.'),
    runUntagged: z.boolean().default(true).describe('Whether it takes jobs without tags.'),
    protectedOnly: z.boolean().default(false).describe('Whether it takes jobs of protected pipelines only.'),
    sandbox: z
      .boolean()
      .default(false)
      .describe(
        'Declares that it isolates each job, in a container or on its own machine. Then it takes jobs of forks.',
      ),
    trusted: z
      .boolean()
      .default(false)
      .describe('Whether what it builds for pull requests of the team may be promoted; requires `sandbox`.'),
    stacks: Stacks.describe('Names of the stacks whose jobs it takes; `*` stands for all.'),
    concurrency: Count.optional().describe('Jobs at once, on all its machines together.'),
    cores: Cores.optional().describe('Cores that one of its jobs uses, for quotas; 1 by default.'),
    maximumTimeout: Count.optional().describe('Seconds that one of its jobs may take at most.'),
    paused: z.boolean().default(false).describe('Whether it gets no jobs at first.'),
    tokenDays: Tokens.describe('Days after which its token expires; absent: never.'),
    note: Note.optional().describe('A note for administrators.'),
  })
  .meta({ id: 'RunnerRequest', description: 'A runner to create.' });
export type RunnerRequest = z.infer<typeof RunnerRequest>;

export const RunnerChange = z
  .strictObject({
    tags: Tags.optional().describe('Replaces its tags.'),
    runUntagged: z.boolean().optional().describe('Whether it takes jobs without tags.'),
    protectedOnly: z.boolean().optional().describe('Whether it takes jobs of protected pipelines only.'),
    sandbox: z.boolean().optional().describe('Whether it isolates each job, and takes jobs of forks.'),
    trusted: z.boolean().optional().describe('Whether what it builds for pull requests may be promoted.'),
    stacks: StackNames.optional().describe('Replaces the names of the stacks whose jobs it takes.'),
    concurrency: Count.nullish().describe('Jobs at once; `null`: no limit.'),
    cores: Cores.nullish().describe('Cores that one of its jobs uses, for quotas; `null`: 1.'),
    maximumTimeout: Count.nullish().describe('Seconds that one of its jobs may take at most; `null`: no limit.'),
    note: Note.nullish().describe('A note for administrators; `null`: none.'),
  })
  .meta({ id: 'RunnerChange', description: 'What changes of a runner. What is absent stays as it is.' });
export type RunnerChange = z.infer<typeof RunnerChange>;

export const CreatedRunner = RunnerSummary.extend({
  token: z.string().describe('The authentication token.'),
}).meta({ id: 'CreatedRunner', description: 'A runner with its new token. No other answer has the token itself.' });
export type CreatedRunner = z.infer<typeof CreatedRunner>;

export const RotationRequest = z
  .strictObject({
    now: z.boolean().default(false).describe('Refuses the old token at once, instead of after an hour.'),
  })
  .meta({ id: 'RotationRequest', description: 'How a runner gets a new token.' });
export type RotationRequest = z.infer<typeof RotationRequest>;

export const RegistrationRequest = z
  .strictObject({
    stacks: Stacks.describe('Names of the stacks whose jobs these runners take; `*` stands for all.'),
    sandbox: z.boolean().default(false).describe('Declares that each of these runners isolates its jobs.'),
    days: z.number().positive().max(DAYS).default(30).describe('Days until the registration token expires.'),
  })
  .meta({ id: 'RegistrationRequest', description: 'What runners may be that register themselves.' });
export type RegistrationRequest = z.infer<typeof RegistrationRequest>;

export const CreatedRegistrationToken = RegistrationRequest.omit({ days: true })
  .extend({
    token: z.string().describe('The registration token.'),
    expiresAt: Time.describe('When it expires.'),
  })
  .meta({ id: 'CreatedRegistrationToken', description: 'A new registration token. It replaces the one before.' });
export type CreatedRegistrationToken = z.infer<typeof CreatedRegistrationToken>;
