import * as z from 'zod';
import { Url } from './formats.ts';
import { RunStatus } from './run-status.ts';

const variables = z
  .record(z.string().max(255), z.string().max(10_000))
  .default({})
  .describe('Variables of the job, by name. They take precedence over those of the pipeline.');

export const JobActionRequest = z
  .strictObject({ variables })
  .meta({ id: 'JobActionRequest', description: 'How to retry, play or cancel a job.' });

/** A manual job has no id before it runs. */
export const NamedJobActionRequest = z
  .strictObject({ name: z.string().min(1).max(1000).describe('Name of the job.'), variables })
  .meta({ id: 'NamedJobActionRequest', description: 'Which job of the pipeline to retry, play or cancel.' });

export const JobActionResult = z
  .object({
    pipeline: z.string().describe('Id of the pipeline.'),
    job: z.string().describe('Name of the job.'),
    id: z.string().optional().describe('Id of the new attempt; absent if there is none.'),
    attempt: z.number().int().optional().describe('Number of the new attempt, from 1.'),
    status: RunStatus.optional().describe('Status of the job after the action.'),
  })
  .meta({ id: 'JobActionResult', description: 'A job after an action on it.' });
export type JobActionResult = z.infer<typeof JobActionResult>;

export const PipelineActionResult = z
  .object({
    pipeline: z.string().describe('Id of the pipeline.'),
    status: RunStatus.describe('Status of the pipeline after the action.'),
    url: Url.describe('Page of the pipeline.'),
  })
  .meta({ id: 'PipelineActionResult', description: 'A pipeline after an action on it.' });
export type PipelineActionResult = z.infer<typeof PipelineActionResult>;
