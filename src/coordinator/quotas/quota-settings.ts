import * as z from 'zod';

const Limit = z.number().nonnegative();
const jobs = Limit.describe('Jobs at once; 0: any number');
const cpuHours = Limit.describe(
  'CPU-hours in any 24 hours: the time that jobs took, times the `cores` of their runner; 0: any number',
);
const pipelines = Limit.describe(
  'Pipelines that pushes, pull requests and people start in any hour, without children; 0: any number',
);
const bytes = Limit.describe('Bytes below its prefix of the mirror; 0: any number');

/** Limits of the server, which each stack has by itself. */
export const QuotaSettings = z.strictObject({
  stack: z
    .strictObject({ jobs: jobs.default(1000), cpuHours: cpuHours.default(5000), pipelines: pipelines.default(1000) })
    .prefault({})
    .describe('Of all of a stack'),
  author: z
    .strictObject({ jobs: jobs.default(500), cpuHours: cpuHours.default(2000), pipelines: pipelines.default(200) })
    .prefault({})
    .describe('Of the author of a pull request, or of the account that pushed or requested a pipeline'),
  request: z
    .strictObject({
      jobs: jobs.default(200),
      cpuHours: cpuHours.default(1000),
      pipelines: pipelines.default(60),
      bytes: bytes.default(200_000_000_000),
    })
    .prefault({})
    .describe('Of one pull request'),
});

const shared = { jobs: jobs.optional(), cpuHours: cpuHours.optional(), pipelines: pipelines.optional() };

/** Limits of one stack, in place of those of the server. */
export const StackQuotas = z.strictObject({
  stack: z.strictObject(shared).prefault({}).describe('Of the stack'),
  author: z.strictObject(shared).prefault({}).describe('Of each author'),
  request: z
    .strictObject({ ...shared, bytes: bytes.optional() })
    .prefault({})
    .describe('Of each pull request'),
});

/** What is stopped whatever it has used. */
export const BlockedSettings = z.strictObject({
  stack: z.boolean().default(false).describe('The stack'),
  authors: z.array(z.string().min(1)).default([]).describe('Authors of pull requests, and accounts that push'),
  requests: z.array(z.coerce.string()).default([]).describe('Numbers of pull requests'),
});
