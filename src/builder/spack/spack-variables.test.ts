import { expect, test } from 'vitest';
import { builderVariables } from './spack-variables.ts';

test('a build gets the endpoint of S3, for mirrors of sources there, and no keys', () => {
  const env = {
    S3_ENDPOINT_URL: 'http://127.0.0.1:9000',
    AWS_ENDPOINT_URL: 'http://127.0.0.1:9000',
    AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9000',
    AWS_ACCESS_KEY_ID: 'id',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_SESSION_TOKEN: 'session',
  };
  const names = Object.keys(builderVariables(env, { folder: '/home', scope: '/home/config' }));
  expect(names.filter((name) => name in env)).toEqual(['S3_ENDPOINT_URL', 'AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_S3']);
});
