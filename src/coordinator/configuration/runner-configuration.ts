import * as z from 'zod';
import { SecretSource } from '../../kit/index.ts';

const Text = z.string().min(1);
const Positive = z.number().int().positive();

const JobLimits = z.strictObject({
  memory: Positive.optional().describe(
    'Bytes of memory for all processes of the job. Default: nine tenths of the memory of the machine',
  ),
  processes: Positive.default(16_384).describe('Number of processes and threads'),
  openFiles: Positive.default(65_536).describe('Number of open files of each process'),
  disk: Positive.default(100_000_000_000).describe('Bytes in the folder of the job'),
  cores: z
    .number()
    .positive()
    .optional()
    .describe(
      'Number of cores of a job in a container, as in 1.5, where podman or docker can limit them. Default: no limit',
    ),
});

const Capacity = z.strictObject({
  memory: Positive.optional().describe(
    'Bytes of memory. Default: for the embedded runner nine tenths of the memory of the machine, or of the control group ' +
      'of the server; for others not known, so that memory keeps no job waiting',
  ),
  cores: Positive.optional().describe(
    'Number of cores. Default: for the embedded runner those of the machine, at least `concurrency`; for others no limit. A job that builds a package counts as one ' +
      'core, since jobs share the others by a jobserver',
  ),
});

export const RunnerConfiguration = z.strictObject({
  name: Text.describe('Name that is shown with the jobs of the runner'),
  token: SecretSource.optional().describe('Authentication token. The embedded runner needs none'),
  embedded: z.boolean().default(false).describe('Whether the server itself runs the jobs'),
  concurrency: Positive.optional().describe(
    'Number of jobs at once, on all machines that share the token. Default: 2 for the embedded runner, no ' +
      'limit for others',
  ),
  cores: z
    .number()
    .positive()
    .optional()
    .describe(
      'Number of cores that each job uses, for `cpuHours` of quotas. Default: for the embedded runner the cores ' +
        'of the machine divided by `concurrency`, for others 1',
    ),
  tags: z.array(z.string()).default([]).describe('Tags. A job with tags runs only on a runner that has all of them'),
  runUntagged: z.boolean().default(true).describe('Whether it takes jobs without tags'),
  protectedOnly: z.boolean().default(false).describe('Whether it takes jobs of protected refs only'),
  sandbox: z
    .enum(['always', 'never'])
    .optional()
    .describe(
      'Whether every job runs in a sandbox. With `never`, jobs of forks are held. Default: `always` for the ' +
        'embedded runner, whose jobs wait if no sandbox works; `never` for other runners. For these, `always` ' +
        'declares that they isolate each job, in a container or on its own machine',
    ),
  trusted: z
    .boolean()
    .optional()
    .describe(
      'Whether packages that it builds for pull requests of the team may be promoted (`stacks[].promotion`). ' +
        'Default: `true` for the embedded runner with a sandbox, `false` for others, because their operators ' +
        'could replace packages. `true` requires `sandbox: always`',
    ),
  capacity: Capacity.prefault({}).describe(
    'What all jobs of the embedded runner have together. A job starts only when what it is expected to need is ' +
      'free, by what its package needed before. One job always runs',
  ),
  containers: z
    .union([z.boolean(), z.literal('auto')])
    .default('auto')
    .describe(
      'Whether jobs of the embedded runner that name an image run in a container of it: `auto` where podman or docker ' +
        'works, `true` always, `false` never',
    ),
  pullPolicies: z
    .array(z.enum(['always', 'if-not-present', 'never']))
    .min(1)
    .default(['always'])
    .describe(
      'Policies that jobs may name for their images; the first is the default. With others than `always`, a job can ' +
        'use images that another one has pulled with its credentials',
    ),
  limits: JobLimits.prefault({}).describe('Limits of each job in a sandbox of the embedded runner'),
});
export type RunnerConfiguration = z.infer<typeof RunnerConfiguration>;
