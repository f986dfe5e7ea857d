import * as z from 'zod';
import { AttentionList } from '../attention-view.ts';
import { AuditPage } from '../audit-record.ts';
import { DestinationList } from '../destination-view.ts';
import { GitHookRequest } from '../hook-request.ts';
import { Queue, WaitKind } from '../queue-view.ts';
import { ServerEvent } from '../server-event.ts';
import { ServerSettingsView } from '../settings-view.ts';
import { Trends } from '../trend-view.ts';
import { Acknowledgment } from '../trigger-request.ts';
import { count, stackFilter, text, type OperationGroup } from './operation.ts';

const moment = text.optional();
const auditQuery = {
  stack: stackFilter,
  who: text.optional().describe('Only by this account, job or runner; `*` stands for any text, as in `account:*`.'),
  action: text.optional().describe('Only this action; `*` stands for any text, as in `job.*`.'),
  outcome: z.enum(['done', 'refused', 'failed']).optional().describe('Only with this outcome.'),
  since: moment.describe('From this date or time on, or an age such as `7d`.'),
  until: moment.describe('Before this date or time, or age.'),
};

export const activityOperations: OperationGroup = {
  listAttention: {
    method: 'get',
    path: '/api/v1/attention',
    summary:
      'What waits for a person: held requests, failed branches, stuck jobs, and what else keeps stacks from running',
    answers: { 200: AttentionList },
  },
  watchEvents: {
    method: 'get',
    path: '/api/v1/events',
    summary: 'Changes as server-sent events; `Last-Event-ID` continues an interrupted stream',
    query: {
      stack: stackFilter,
      pipeline: text.optional().describe('Only of this pipeline and its children.'),
      job: text.optional().describe('Report also when the log of this job grows.'),
      after: count.optional().describe('As Last-Event-ID, for clients that cannot set it.'),
    },
    answers: { 200: { mediaType: 'text/event-stream', schema: ServerEvent } },
  },
  listAuditRecords: {
    method: 'get',
    path: '/api/v1/audit',
    summary: 'The audit log, the newest record first',
    query: {
      ...auditQuery,
      before: count.optional().describe('Only records before this number.'),
      limit: count.min(1).default(100).describe('How many at most; 1000 for larger numbers.'),
    },
    answers: { 200: AuditPage },
  },
  exportAudit: {
    method: 'get',
    path: '/api/v1/audit/export',
    summary: 'The audit log as a file, the oldest record first',
    query: { ...auditQuery, format: z.enum(['jsonl', 'csv']).default('jsonl').describe('Format of the file.') },
    answers: { 200: { mediaType: 'application/jsonl' } },
  },
  listDestinations: {
    method: 'get',
    path: '/api/v1/notifications',
    summary: 'Destinations of notifications, and which fail; those of the server need `run` on all stacks',
    answers: { 200: DestinationList },
  },
};

export const serverOperations: OperationGroup = {
  getQueue: {
    method: 'get',
    path: '/api/v1/queue',
    summary: 'Jobs that are ready and wait, with what each waits for, and the active pipelines',
    query: {
      stack: stackFilter,
      kind: WaitKind.optional().describe('Only jobs that wait for this.'),
      offset: count.default(0).describe('How many to leave out at the beginning.'),
      limit: count.min(1).default(500).describe('How many at most; 2000 for larger numbers.'),
    },
    answers: { 200: Queue },
  },
  getSettings: {
    method: 'get',
    path: '/api/v1/settings',
    summary: 'The configuration that the server works with, without secrets',
    answers: { 200: ServerSettingsView },
  },
  getTrends: {
    method: 'get',
    path: '/api/v1/trends',
    summary: 'What ended on each of the last days: durations, waiting, reused packages, failures, sizes',
    query: {
      stack: stackFilter,
      days: count.min(1).default(30).describe('So many days, today included; 90 for larger numbers.'),
    },
    answers: { 200: Trends },
  },
  getHealth: {
    method: 'get',
    path: '/healthz',
    summary: 'Whether the process is up',
    answers: { 200: { mediaType: 'text/plain' } },
  },
  getReadiness: {
    method: 'get',
    path: '/readyz',
    summary: 'Whether the store answers and every stack is open; `draining` while the server waits for its last jobs',
    answers: { 200: { mediaType: 'text/plain' }, 503: { mediaType: 'text/plain' } },
  },
  getMetrics: {
    method: 'get',
    path: '/metrics',
    summary: 'Measurements for Prometheus, in the OpenMetrics format',
    answers: { 200: { mediaType: 'application/openmetrics-text' } },
  },
  getOpenapi: {
    method: 'get',
    path: '/api/v1/openapi.json',
    summary: 'This document',
    answers: { 200: z.looseObject({}).meta({ id: 'OpenapiDocument', description: 'An OpenAPI 3.1 document.' }) },
  },
  getImageKeys: {
    method: 'get',
    path: '/keys/cosign.pub',
    summary: 'Keys of image signatures in PEM, first the one that signs',
    answers: { 200: { mediaType: 'text/plain' }, 404: { mediaType: 'text/plain' } },
  },
};

export const hookOperations: OperationGroup = {
  reportPush: {
    method: 'post',
    path: '/hooks/git/{stack}',
    summary: 'Reports that the git remote of a stack has changed',
    description: 'Everybody may report that. The body, with who pushed, is read only with the hook token of the stack.',
    body: GitHookRequest,
    answers: { 202: null },
    errors: [401, 404],
  },
  receiveWebhook: webhook('/hooks/{forge}', 'Receives a webhook that reports on several repositories'),
  receiveStackWebhook: webhook('/hooks/{forge}/{stack}', 'Receives the webhook of one repository'),
};

function webhook(path: string, summary: string): OperationGroup[string] {
  return {
    method: 'post',
    path,
    summary,
    description: 'For GitHub and GitLab, which sign what they send, or send a token with it.',
    body: { mediaType: 'application/json' },
    answers: { 200: Acknowledgment, 202: Acknowledgment },
    errors: [401],
  };
}
