import * as z from 'zod';
import { JobActionRequest, JobActionResult } from '../action-request.ts';
import { ArtifactList } from '../artifact-list.ts';
import { JobDetail, JobList } from '../job-detail.ts';
import { JobReproduction } from '../job-reproduction.ts';
import { TestList } from '../job-tests.ts';
import { LogIndex } from '../log-index.ts';
import { LogSearch } from '../log-search.ts';
import { TestedLocks } from '../tested-lock.ts';
import { count, stackFilter, text, type Operation, type OperationGroup } from './operation.ts';

const flag = z.enum(['true', 'false']).default('false');

export const jobOperations: OperationGroup = {
  listJobs: {
    method: 'get',
    path: '/api/v1/jobs',
    summary: 'Attempts at jobs of a name, the newest first',
    query: {
      name: text.min(1).describe('The whole name, or its part before `@` or a space.'),
      stack: stackFilter,
      before: text.optional().describe('Only attempts older than this one.'),
      limit: count.min(1).default(30).describe('How many at most; 100 for larger numbers.'),
    },
    answers: { 200: JobList },
  },
  getJob: {
    method: 'get',
    path: '/api/v1/jobs/{id}',
    summary: 'A job with its attempts',
    answers: { 200: JobDetail },
  },
  retryJob: jobAction('retry', 'Runs a job again'),
  playJob: jobAction('play', 'Starts a manual job again'),
  cancelJob: jobAction('cancel', 'Cancels a job'),
  getJobLog: {
    method: 'get',
    path: '/api/v1/jobs/{id}/log',
    summary: 'A job’s log as it is: bytes, whole or in part',
    answers: { 200: { mediaType: 'text/plain' }, 206: { mediaType: 'text/plain' } },
    errors: [416],
  },
  getJobLogIndex: {
    method: 'get',
    path: '/api/v1/jobs/{id}/log/index',
    summary: 'Where lines and sections begin in a log',
    query: { since: count.default(0).describe('Leave out checkpoints before this byte.') },
    answers: { 200: LogIndex },
  },
  searchJobLog: {
    method: 'get',
    path: '/api/v1/jobs/{id}/log/search',
    summary: 'Lines of a job’s log that contain a text or match a pattern',
    description: 'One request searches some megabytes; `complete` reports whether that was the whole log.',
    query: {
      q: text.min(1).max(500).describe('The text, or the pattern.'),
      regex: flag.describe('`true`: `q` is a regular expression of RE2.'),
      case: flag.describe('`true`: upper and lower case differ.'),
      after: count.default(0).describe('Only lines after this one.'),
      limit: count.min(1).default(1000).describe('How many lines at most; 10000 for larger numbers.'),
    },
    answers: { 200: LogSearch },
  },
  getJobReproduction: {
    method: 'get',
    path: '/api/v1/jobs/{id}/reproduction',
    summary: 'The data that a job needs to run again elsewhere, without secrets; `slipway reproduce` reads it',
    answers: { 200: JobReproduction },
  },
  getTestedLocks: {
    method: 'get',
    path: '/api/v1/jobs/{id}/tested-locks',
    summary: 'Earlier locks for the tree of a job’s pipeline, which `slipway generate` may reuse',
    query: {
      of: z
        .enum(['tree', 'base'])
        .default('tree')
        .describe('`base`: locks of the branch, or of the branch that the pull request goes to.'),
    },
    answers: { 200: TestedLocks },
  },
  getJobArtifacts: {
    method: 'get',
    path: '/api/v1/jobs/{id}/artifacts',
    summary: 'The archive that a job left, a zip file',
    answers: { 200: { mediaType: 'application/zip' } },
  },
  listJobArtifacts: {
    method: 'get',
    path: '/api/v1/jobs/{id}/artifacts/files',
    summary: 'The files in the archive that a job left; of more than 10,000 the first ones',
    answers: { 200: ArtifactList },
    errors: [422],
  },
  getJobArtifactFile: {
    method: 'get',
    path: '/api/v1/jobs/{id}/artifacts/files/{path}',
    summary: 'A file in the archive that a job left',
    description: 'Documents are sandboxed: they run no script and load nothing.',
    query: { download: flag.describe('`true`: to be saved, and not to be shown.') },
    answers: { 200: { mediaType: '*/*' } },
    errors: [413, 422],
  },
  listJobTests: {
    method: 'get',
    path: '/api/v1/jobs/{id}/tests',
    summary: 'The cases in the JUnit reports of a job, with their output',
    query: {
      status: z.enum(['all', 'failed']).default('all').describe('`failed`: only those that failed.'),
      q: text.optional().describe('Text that the name or the suite contains.'),
      offset: count.default(0).describe('How many to leave out at the beginning.'),
      limit: count.default(100).describe('How many at most; 1000 for larger numbers.'),
    },
    answers: { 200: TestList },
  },
  getJobMirrorFile: {
    method: 'get',
    path: '/api/v1/jobs/{id}/mirror/{path}',
    summary: 'A file of the mirror that the job pushed to',
    answers: { 200: { mediaType: '*/*' }, 206: { mediaType: '*/*' } },
    errors: [416],
  },
};

function jobAction(action: 'retry' | 'play' | 'cancel', summary: string): Operation {
  return {
    method: 'post',
    path: `/api/v1/jobs/{id}/${action}`,
    summary,
    body: JobActionRequest,
    answers: { 200: JobActionResult },
    errors: [409, 422],
  };
}
