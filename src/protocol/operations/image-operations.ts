import { ImageAction, ImageActionList, ImageRetryRequest, RebaseList, RebaseRequest } from '../image-request.ts';
import { ImageComparison } from '../image-difference.ts';
import { ImageRecords } from '../image-records.ts';
import { ImageDetail, ImageList } from '../image-view.ts';
import { count, text, type OperationGroup } from './operation.ts';

export const imageOperations: OperationGroup = {
  getImage: {
    method: 'get',
    path: '/api/v1/images/{id}',
    summary: 'An image with its layers',
    answers: { 200: ImageDetail },
  },
  listImages: {
    method: 'get',
    path: '/api/v1/stacks/{stack}/images',
    summary: 'Images of a stack, the newest first',
    query: {
      repository: text.optional().describe('Only of this repository.'),
      tag: text.optional().describe('Only under this tag.'),
      contains: text.optional().describe('Only those that contain the package with this hash.'),
      before: count.optional().describe('Only those before this id.'),
      limit: count.min(1).default(30).describe('How many at most; 100 for larger numbers.'),
    },
    answers: { 200: ImageList },
  },
  compareImages: {
    method: 'get',
    path: '/api/v1/images/{id}/diff/{other}',
    summary: 'What an image changes compared with another: packages, sizes, base, environment',
    answers: { 200: ImageComparison },
    errors: [422, 502],
  },
  getImageRecords: {
    method: 'get',
    path: '/api/v1/images/{id}/records',
    summary: 'The signature and the records of an image, verified now',
    answers: { 200: ImageRecords },
    errors: [422, 502],
  },
  getImageRecord: {
    method: 'get',
    path: '/api/v1/images/{id}/records/{record}',
    summary: 'A record of an image as a file: SPDX, CycloneDX, or the signed envelope of its provenance',
    query: { platform: text.optional().describe('`linux/arm64/v8`; by default the first platform.') },
    answers: { 200: { mediaType: 'application/json' } },
    errors: [422, 502],
  },
  retryImage: {
    method: 'post',
    path: '/api/v1/images/{id}/retry',
    summary: 'Publishes an image again',
    body: ImageRetryRequest,
    answers: { 202: ImageAction },
    errors: [409],
  },
  retryImages: {
    method: 'post',
    path: '/api/v1/stacks/{stack}/images/retry',
    summary: 'Publishes again what could not be published of a stack',
    answers: { 202: ImageActionList },
    errors: [409],
  },
  rebaseImages: {
    method: 'post',
    path: '/api/v1/stacks/{stack}/images/rebase',
    summary: 'Builds images again whose base has moved',
    description: 'Status 200 means that no image is built: with `check`, or because no base has moved.',
    body: RebaseRequest,
    answers: { 200: RebaseList, 202: RebaseList },
    errors: [409],
  },
};
