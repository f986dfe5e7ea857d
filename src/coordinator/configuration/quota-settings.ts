import * as z from 'zod';

const Limit = z.number().nonnegative();
const jobs = Limit.describe('Number of jobs at once; 0: no limit');
const cpuHours = Limit.describe(
  'CPU hours in any 24 hours: the time that jobs took, multiplied by the `cores` of their runner; 0: no limit',
);
const pipelines = Limit.describe(
  'Pipelines that pushes, pull requests and users start in any hour, not counting child pipelines; 0: no limit',
);
const bytes = Limit.describe('Bytes below the prefix of the pull request in the mirror; 0: no limit');

/** Limits of the server, which each stack has by itself. */
export const QuotaSettings = z.strictObject({
  stack: z
    .strictObject({ jobs: jobs.default(1000), cpuHours: cpuHours.default(5000), pipelines: pipelines.default(1000) })
    .prefault({})
    .describe('Limits of a whole stack'),
  author: z
    .strictObject({ jobs: jobs.default(500), cpuHours: cpuHours.default(2000), pipelines: pipelines.default(200) })
    .prefault({})
    .describe('Limits of the author of a pull request, or of the account that pushed or requested a pipeline'),
  request: z
    .strictObject({
      jobs: jobs.default(200),
      cpuHours: cpuHours.default(1000),
      pipelines: pipelines.default(60),
      bytes: bytes.default(200_000_000_000),
    })
    .prefault({})
    .describe('Limits of one pull request'),
});

const shared = { jobs: jobs.optional(), cpuHours: cpuHours.optional(), pipelines: pipelines.optional() };

/** Limits of one stack, in place of those of the server. */
export const StackQuotas = z.strictObject({
  stack: z.strictObject(shared).prefault({}).describe('Limits of the whole stack'),
  author: z.strictObject(shared).prefault({}).describe('Limits of each author'),
  request: z
    .strictObject({ ...shared, bytes: bytes.optional() })
    .prefault({})
    .describe('Limits of each pull request'),
});

/** What is stopped whatever it has used. */
export const BlockedSettings = z.strictObject({
  stack: z.boolean().default(false).describe('Whether the whole stack is blocked'),
  authors: z.array(z.string().min(1)).default([]).describe('Authors of pull requests and accounts that push'),
  requests: z.array(z.coerce.string()).default([]).describe('Numbers of pull requests'),
});
