import * as z from 'zod';
import {
  CreatedRegistrationToken,
  CreatedRunner,
  RegistrationRequest,
  RotationRequest,
  RunnerChange,
  RunnerRequest,
} from '../runner-request.ts';
import { RunnerList, RunnerSummary } from '../runner-view.ts';
import type { Operation, OperationGroup } from './operation.ts';

const Ended = z.object({}).meta({ id: 'EndedRegistration', description: 'An empty object.' });

export const runnerOperations: OperationGroup = {
  listRunners: {
    method: 'get',
    path: '/api/v1/runners',
    summary: 'Runners: their state, what they take, and the jobs that they have',
    answers: { 200: RunnerList },
  },
  createRunner: {
    method: 'post',
    path: '/api/v1/runners',
    summary: 'Creates a runner, and returns the token that it is registered with',
    body: RunnerRequest,
    answers: { 201: CreatedRunner },
    errors: [404, 409, 422],
  },
  editRunner: {
    method: 'put',
    path: '/api/v1/runners/{id}',
    summary: 'Changes what a runner takes, from its next request on; the jobs that it has stay',
    body: RunnerChange,
    answers: { 200: RunnerSummary },
    errors: [404, 409, 422],
  },
  pauseRunner: runnerAction('pause', 'Gives a runner no more jobs; those that it has may end'),
  resumeRunner: runnerAction('resume', 'Gives a paused runner jobs again'),
  removeRunner: runnerAction('remove', 'Refuses the token of a runner from now on; the jobs that it has may end'),
  rotateRunner: {
    method: 'post',
    path: '/api/v1/runners/{id}/rotate',
    summary: 'Gives a runner a new token; the old one counts for another hour',
    body: RotationRequest,
    answers: { 200: CreatedRunner },
    errors: [409],
  },
  allowRegistration: {
    method: 'post',
    path: '/api/v1/runners/registration',
    summary: 'Creates the token with which runners register themselves, in place of the last one',
    body: RegistrationRequest,
    answers: { 201: CreatedRegistrationToken },
    errors: [404],
  },
  endRegistration: {
    method: 'post',
    path: '/api/v1/runners/registration/end',
    summary: 'Refuses the registration token from now on; registered runners stay',
    answers: { 200: Ended },
  },
};

function runnerAction(action: string, summary: string): Operation {
  return {
    method: 'post',
    path: `/api/v1/runners/{id}/${action}`,
    summary,
    answers: { 200: RunnerSummary },
    errors: [409],
  };
}
