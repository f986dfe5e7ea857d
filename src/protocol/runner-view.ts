import * as z from 'zod';
import { Time } from './formats.ts';
import { RunStatus } from './run-status.ts';

export const RunnerMachine = z
  .object({
    systemId: z.string().describe('Distinguishes it from the others; empty for a machine that reported none.'),
    lastContact: Time.describe('When it last sent a request.'),
    version: z.string().optional().describe('Version of its program.'),
    platform: z.string().optional().describe('Operating system.'),
    architecture: z.string().optional().describe('Architecture.'),
    executor: z.string().optional().describe('Executor.'),
  })
  .meta({
    id: 'RunnerMachine',
    description: 'One of the machines that share a runner’s token, as it described itself.',
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

export const RunnerState = z.enum(['online', 'offline', 'waiting', 'signed-off', 'unable', 'unregistered']).meta({
  id: 'RunnerState',
  description:
    '`online`; `offline` after a long time without contact; `waiting` for its first contact since the ' +
    'server’s start; `signed-off` by all its machines; `unable` to run any job; `unregistered` until it ' +
    'gets a new token.',
});
export type RunnerState = z.infer<typeof RunnerState>;

export const RunnerView = z
  .object({
    name: z.string().describe('Name.'),
    state: RunnerState,
    reason: z.string().optional().describe('Why it runs no job, in the states in which it does not.'),
    embedded: z.boolean().describe('Whether the server itself runs its jobs.'),
    tags: z.array(z.string()).describe('Jobs with these tags can run here.'),
    runUntagged: z.boolean().describe('Whether it takes jobs without tags.'),
    protectedOnly: z.boolean().describe('Whether it takes jobs of protected pipelines only.'),
    sandbox: z.boolean().describe('Whether each of its jobs is isolated from the others and from the machine.'),
    untrusted: z.boolean().describe('Whether it takes jobs of forks.'),
    trusted: z.boolean().describe('Whether what it builds for pull requests of the team may be promoted.'),
    concurrency: z.number().int().optional().describe('Jobs that it may have at once; absent without a limit.'),
    lastContact: Time.optional().describe('Since the server’s start.'),
    machines: z.array(RunnerMachine).optional().describe('For those who may run pipelines; the last ones in contact.'),
    jobs: z.array(RunnerJob).describe('Those of stacks that the sender may read, the oldest first.'),
  })
  .meta({ id: 'RunnerView', description: 'A runner of the server’s configuration.' });
export type RunnerView = z.infer<typeof RunnerView>;

export const RunnerList = z
  .object({ runners: z.array(RunnerView).describe('Runners, in the order of the configuration.') })
  .meta({ id: 'RunnerList', description: 'All runners of the configuration.' });
export type RunnerList = z.infer<typeof RunnerList>;
