import { JobActionResult, NamedJobActionRequest, PipelineActionResult } from '../action-request.ts';
import { PipelineChange } from '../change-report.ts';
import { FailureReport } from '../failure-report.ts';
import { JobPage, PipelineDetail, PipelineList } from '../pipeline-view.ts';
import { Timeline } from '../timeline.ts';
import { count, stackFilter, text, type Operation, type OperationGroup } from './operation.ts';

const jobLimit = count.min(1).default(1000).describe('How many jobs at most; 1000 for larger numbers.');

export const pipelineOperations: OperationGroup = {
  listPipelines: {
    method: 'get',
    path: '/api/v1/pipelines',
    summary: 'Pipelines, the newest first',
    query: {
      stack: stackFilter,
      request: text.optional().describe('Only of this pull request.'),
      before: text.optional().describe('Only pipelines older than this one.'),
      limit: count.min(1).default(30).describe('How many at most; 100 for larger numbers.'),
    },
    answers: { 200: PipelineList },
  },
  getPipeline: {
    method: 'get',
    path: '/api/v1/pipelines/{id}',
    summary: 'A pipeline with its children and the first of their jobs',
    query: { limit: jobLimit },
    answers: { 200: PipelineDetail },
  },
  listPipelineJobs: {
    method: 'get',
    path: '/api/v1/pipelines/{id}/jobs',
    summary: 'Jobs of a pipeline and of its children',
    query: {
      after: text.optional().describe('The `next` of the page before.'),
      limit: jobLimit,
      name: text.optional().describe('Only jobs of this name: the whole, or its part before `@` or a space.'),
    },
    answers: { 200: JobPage },
  },
  getPipelineChange: {
    method: 'get',
    path: '/api/v1/pipelines/{id}/change',
    summary: 'What the change of a pipeline’s family does: packages built and reused, causes, time, sizes, previews',
    query: { packages: text.optional().describe('`none` leaves the packages out, one by one and in words.') },
    answers: { 200: PipelineChange },
  },
  getPipelineFailure: {
    method: 'get',
    path: '/api/v1/pipelines/{id}/failure',
    summary: 'Why a pipeline’s family failed: causes with their jobs, first errors, lines of the logs',
    answers: { 200: FailureReport },
  },
  getPipelineTimeline: {
    method: 'get',
    path: '/api/v1/pipelines/{id}/timeline',
    summary:
      'When the jobs of a pipeline’s family waited and ran, on which runners, and what keeps the end from being earlier',
    answers: { 200: Timeline },
  },
  retryPipeline: {
    method: 'post',
    path: '/api/v1/pipelines/{id}/retry',
    summary: 'Runs the failed and canceled jobs of a pipeline again',
    answers: { 200: PipelineActionResult },
    errors: [409],
  },
  cancelPipeline: {
    method: 'post',
    path: '/api/v1/pipelines/{id}/cancel',
    summary: 'Cancels a pipeline and its children',
    answers: { 200: PipelineActionResult },
    errors: [409],
  },
  retryJobByName: jobAction('retry', 'Runs a job of a pipeline again'),
  playJobByName: jobAction('play', 'Starts a manual job of a pipeline'),
  cancelJobByName: jobAction('cancel', 'Cancels a job of a pipeline'),
};

/** For jobs that have no id, because they never ran. */
function jobAction(action: 'retry' | 'play' | 'cancel', summary: string): Operation {
  return {
    method: 'post',
    path: `/api/v1/pipelines/{id}/jobs/${action}`,
    summary,
    body: NamedJobActionRequest,
    answers: { 200: JobActionResult },
    errors: [409, 422],
  };
}
