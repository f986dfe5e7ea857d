import { RequestDetail } from '../request-detail.ts';
import { Acknowledgment, ApprovalRequest, RebuildRequest, RunRequest, StartedPipeline } from '../trigger-request.ts';
import type { OperationGroup } from './operation.ts';

const path = '/api/v1/stacks/{stack}/requests/{number}';

export const requestOperations: OperationGroup = {
  getRequest: {
    method: 'get',
    path,
    summary: 'One pull request: why it waits, what would run for it, and what ran',
    answers: { 200: RequestDetail },
  },
  approveRequest: {
    method: 'post',
    path: `${path}/approve`,
    summary: 'Approves a head of a pull request, so that its pipeline can start',
    description: 'Status 202 means that the pull request waits for something else too.',
    body: ApprovalRequest,
    answers: { 201: StartedPipeline, 202: Acknowledgment },
    errors: [409],
  },
  runRequest: {
    method: 'post',
    path: `${path}/run`,
    summary: 'Starts a pipeline for the head of a pull request',
    body: RunRequest,
    answers: { 201: StartedPipeline },
    errors: [409],
  },
  rebuildPackage: {
    method: 'post',
    path: `${path}/rebuild`,
    summary: 'Starts a pipeline for a pull request that builds one package again',
    body: RebuildRequest,
    answers: { 201: StartedPipeline },
    errors: [409],
  },
};
