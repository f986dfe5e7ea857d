import { ImageAction, ImageActionList, ImageRetryRequest, RebaseList, RebaseRequest } from '../image-request.ts';
import { ImageDetail } from '../image-view.ts';
import type { OperationGroup } from './operation.ts';

export const imageOperations: OperationGroup = {
  getImage: {
    method: 'get',
    path: '/api/v1/images/{id}',
    summary: 'An image with its layers',
    answers: { 200: ImageDetail },
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
