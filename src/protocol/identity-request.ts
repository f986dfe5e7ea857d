import * as z from 'zod';
import { Url } from './formats.ts';

export const IdentityCredentials = z
  .object({
    AWS_ACCESS_KEY_ID: z.string().describe('Access key of the gateway.'),
    AWS_SECRET_ACCESS_KEY: z.string().describe('Secret of the access key.'),
    S3_ENDPOINT_URL: z.string().describe('Address of the gateway.'),
    SLIPWAY_MIRROR: z.string().describe('URL of the mirror to push to.'),
    SLIPWAY_TRUST: z.string().describe('How far the pipeline is trusted.'),
    SLIPWAY_LOCK: z.string().describe('SHA-256 of the lock.'),
    SLIPWAY_PIPELINE: z.string().describe('Id of the pipeline on this server.'),
    SLIPWAY_PIPELINE_TOKEN: z.string().describe('Token that ends the pipeline.'),
    SLIPWAY_EXPIRES_AT: z.string().describe('When the credentials expire.'),
  })
  .meta({ id: 'IdentityCredentials', description: 'Variables for the job of another CI system.' });

export const FinishRequest = z
  .strictObject({ status: z.enum(['success', 'failed']).describe('How the pipeline ended.') })
  .meta({ id: 'FinishRequest', description: 'The end of a pipeline of another CI system.' });

export const FinishedPipeline = z
  .object({
    id: z.string().describe('Id of the pipeline on this server.'),
    status: FinishRequest.shape.status,
    url: Url.describe('Page of the pipeline.'),
  })
  .meta({ id: 'FinishedPipeline', description: 'A pipeline of another CI system that has ended.' });
