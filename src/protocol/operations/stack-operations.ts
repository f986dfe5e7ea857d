import * as z from 'zod';
import { BlockRequest, BlockedOwner, UnblockRequest } from '../block-request.ts';
import { IdentityCredentials, FinishRequest, FinishedPipeline } from '../identity-request.ts';
import { LockComparison } from '../lock-comparison.ts';
import { PackageDetail, PackageFiles, PackageList } from '../package-view.ts';
import { QuotaList } from '../quota-view.ts';
import { StackList, StackView } from '../stack-view.ts';
import { StartedPipeline, TriggerRequest } from '../trigger-request.ts';
import { count, text, type OperationGroup } from './operation.ts';

const request = text.optional().describe('Number of a pull request, to read what its jobs pushed.');

export const stackOperations: OperationGroup = {
  listStacks: {
    method: 'get',
    path: '/api/v1/stacks',
    summary: 'Stacks with their branches, pull requests and images',
    answers: { 200: StackList },
  },
  getStack: {
    method: 'get',
    path: '/api/v1/stacks/{stack}',
    summary: 'One stack',
    answers: { 200: StackView },
  },
  triggerPipeline: {
    method: 'post',
    path: '/api/v1/stacks/{stack}/trigger',
    summary: 'Starts a pipeline for a branch',
    body: TriggerRequest,
    answers: { 201: StartedPipeline },
    errors: [409, 422],
  },
  compareLocks: {
    method: 'get',
    path: '/api/v1/stacks/{stack}/compare',
    summary: 'What differs between the locks of two commits, pipelines or images: packages, causes, sizes',
    query: {
      from: text
        .min(1)
        .describe(
          'A branch, tag or commit that has a pipeline, `pull/<number>`, `pipeline:<id>`, `image:<id>` or ' +
            '`lock:<digest>`.',
        ),
      to: text.min(1).describe('The same for the other side.'),
    },
    answers: { 200: LockComparison },
    errors: [409],
  },
  getQuotas: {
    method: 'get',
    path: '/api/v1/stacks/{stack}/quotas',
    summary: 'What the stack, its authors and its pull requests use of their quotas, and who is blocked',
    answers: { 200: QuotaList },
  },
  block: {
    method: 'post',
    path: '/api/v1/stacks/{stack}/block',
    summary: 'Blocks a stack, an author or a pull request, and cancels its pipelines',
    body: BlockRequest,
    answers: { 200: BlockedOwner },
  },
  unblock: {
    method: 'post',
    path: '/api/v1/stacks/{stack}/unblock',
    summary: 'Unblocks a stack, an author or a pull request',
    body: UnblockRequest,
    answers: { 200: BlockedOwner },
    errors: [409],
  },
  exchangeIdentity: {
    method: 'post',
    path: '/api/v1/stacks/{stack}/identity',
    summary: 'Exchanges an ID token of another CI system, and the lock, for credentials of the gateway',
    description:
      'The body is the lock as it is; a lock that the server knows can be named by `lock` instead. With ' +
      '`Accept: text/plain` the answer is a list of `NAME=value` lines.',
    query: { lock: text.optional().describe('SHA-256 of the lock, in hexadecimal digits.') },
    body: { mediaType: 'application/octet-stream' },
    answers: { 201: IdentityCredentials },
    errors: [401, 403, 409],
  },
  finishIdentity: {
    method: 'post',
    path: '/api/v1/stacks/{stack}/identity/finish',
    summary: 'Reports the end of a pipeline of another CI system',
    body: FinishRequest,
    answers: { 200: FinishedPipeline },
    errors: [401, 409],
  },
};

export const packageOperations: OperationGroup = {
  listPackages: {
    method: 'get',
    path: '/api/v1/stacks/{stack}/packages',
    summary: 'Packages on the stack’s mirror',
    query: {
      q: text
        .optional()
        .describe(
          'Parts of the name, beginnings of the version or the hash, and a spec: `hdf5@1.14 +mpi ^openmpi`. ' +
            '`%/HASH` finds what depends on a package.',
        ),
      sort: z
        .enum(['name', 'newest', 'dependents'])
        .default('name')
        .describe('`dependents`: what most packages depend on comes first.'),
      request,
      offset: count.default(0).describe('How many to leave out at the beginning.'),
      limit: count.min(1).default(100).describe('How many at most; 1000 for larger numbers.'),
    },
    answers: { 200: PackageList },
  },
  getPackage: {
    method: 'get',
    path: '/api/v1/stacks/{stack}/packages/{hash}',
    summary: 'One package with its entry, the images that contain it, and its builds',
    query: { request },
    answers: { 200: PackageDetail },
  },
  listPackageFiles: {
    method: 'get',
    path: '/api/v1/stacks/{stack}/packages/{hash}/files',
    summary: 'Files of a package on the protected mirror',
    query: {
      q: text.optional().describe('Text that the path contains.'),
      offset: count.default(0).describe('How many to leave out at the beginning.'),
      limit: count.min(1).default(1000).describe('How many at most; 10000 for larger numbers.'),
    },
    answers: { 200: PackageFiles },
    errors: [422],
  },
};
