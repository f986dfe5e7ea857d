import * as z from 'zod';
import { DrainView } from './drain-view.ts';
import { Time } from './formats.ts';
import { RunStatus } from './run-status.ts';

export const RunnerMachine = z
  .object({
    systemId: z.string().describe('Distinguishes it from the others; empty for a machine that reported none.'),
    lastContact: Time.describe('When it last sent a request.'),
    address: z
      .string()
      .optional()
      .describe('IP address that it last requested work from; absent for the embedded runner.'),
    version: z.string().optional().describe('Version of its program.'),
    platform: z.string().optional().describe('Operating system.'),
    architecture: z.string().optional().describe('Architecture.'),
    executor: z.string().optional().describe('Executor.'),
  })
  .meta({
    id: 'RunnerMachine',
    description: 'One of the machines that share a runner’s token, as it described itself, and where it is.',
  });
export type RunnerMachine = z.infer<typeof RunnerMachine>;

export const RunnerJob = z
  .object({
    id: z.string().describe('Id of the job.'),
    name: z.string().describe('Name.'),
    status: RunStatus,
    stack: z.string().describe('Name of the stack.'),
    pipeline: z.string().describe('Id of the pipeline.'),
    ref: z.string().describe('Branch or tag; `pull/<number>` of a pull request.'),
    startedAt: Time.optional().describe('When it started; absent before that.'),
  })
  .meta({ id: 'RunnerJob', description: 'A job that a runner has.' });
export type RunnerJob = z.infer<typeof RunnerJob>;

export const RunnerState = z
  .enum(['online', 'paused', 'offline', 'waiting', 'signed-off', 'unable', 'unregistered'])
  .meta({
    id: 'RunnerState',
    description:
      '`online`; `paused` by an administrator; `offline` after a long time without contact; `waiting` for its first ' +
      'contact since the server’s start; `signed-off` by all its machines; `unable` to run any job; `unregistered` ' +
      'until it gets a new token.',
  });
export type RunnerState = z.infer<typeof RunnerState>;

export const RunnerOrigin = z
  .object({
    createdAt: Time.describe('When it was created.'),
    createdBy: z.string().describe('Who created it, or that it registered itself.'),
    rotatedAt: Time.optional().describe('When it last got a new token.'),
    expiresAt: Time.optional().describe('When its token expires; absent: never.'),
    note: z.string().optional().describe('A note for administrators.'),
  })
  .meta({ id: 'RunnerOrigin', description: 'How a runner came into the store, and what its token is worth.' });

export const RunnerSummary = z
  .object({
    id: z.number().int().describe('Number of the runner, for GitLab’s API too.'),
    name: z.string().describe('Name.'),
    tags: z.array(z.string()).describe('Jobs with these tags can run here.'),
    runUntagged: z.boolean().describe('Whether it takes jobs without tags.'),
    protectedOnly: z.boolean().describe('Whether it takes jobs of protected pipelines only.'),
    sandbox: z.boolean().describe('Whether each of its jobs is isolated from the others and from the machine.'),
    untrusted: z.boolean().describe('Whether it takes jobs of forks.'),
    trusted: z.boolean().describe('Whether what it builds for pull requests of the team may be promoted.'),
    stacks: z.array(z.string()).describe('Names of the stacks whose jobs it takes; `*`: all.'),
    concurrency: z.number().int().optional().describe('Jobs that it may have at once; absent without a limit.'),
    cores: z.number().optional().describe('Cores that one of its jobs uses, for quotas; absent: 1.'),
    maximumTimeout: z.number().int().optional().describe('Seconds that one of its jobs may take at most.'),
    paused: z.boolean().describe('Whether it gets no more jobs for now.'),
    origin: RunnerOrigin.optional().describe('For those who may run pipelines; absent if the configuration has it.'),
  })
  .meta({ id: 'RunnerSummary', description: 'What a runner takes.' });
export type RunnerSummary = z.infer<typeof RunnerSummary>;

export const RunnerView = RunnerSummary.extend({
  state: RunnerState,
  reason: z.string().optional().describe('Why it runs no job, in the states in which it does not.'),
  embedded: z.boolean().describe('Whether the server itself runs its jobs.'),
  lastContact: Time.optional().describe('Since the server’s start.'),
  machines: z.array(RunnerMachine).optional().describe('For those who may run pipelines; the last ones in contact.'),
  jobs: z.array(RunnerJob).describe('Those of stacks that the sender may read, the oldest first.'),
}).meta({ id: 'RunnerView', description: 'A runner, and what it does.' });
export type RunnerView = z.infer<typeof RunnerView>;

export const RunnerList = z
  .object({
    runners: z.array(RunnerView).describe('Runners, those of the configuration first.'),
    drain: DrainView.optional().describe('Present while the server drains, for those who may read a stack.'),
  })
  .meta({ id: 'RunnerList', description: 'All runners.' });
export type RunnerList = z.infer<typeof RunnerList>;
