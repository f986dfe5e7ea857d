import { expect, test } from 'vitest';
import { sketchJob } from '../../../test/support/memory-job-service.ts';
import { serverAddress } from './server-address.ts';

const values = {
  CI_SERVER_URL: 'https://ci.example.org',
  CI_SERVER_PROTOCOL: 'https',
  CI_SERVER_PORT: '443',
  CI_JOB_URL: 'https://ci.example.org/jobs/1',
  CI_REPOSITORY_URL: 'https://gitlab-ci-token:secret@ci.example.org/stacks/lab.git',
  S3_ENDPOINT_URL: 'https://CI.example.org:443/s3',
  OWN: 'mirrors: https://ci.example.org/mirrors/lab, https://other.example.org',
  OTHER: 'https://ci.example.org.evil.test https://ci.example.org:8443/',
};

function adapted(baseUrl: string, hasTls = false): Readonly<Record<string, string>> {
  const job = sketchJob({ id: 1, script: [] });
  const variables = Object.entries(values).map(([key, value]) => ({ ...job.variables[0], key, value }));
  const { adapt } = serverAddress(baseUrl, { hasTls });
  return Object.fromEntries(adapt({ ...job, variables }).variables.map(({ key, value }) => [key, value]));
}

test('behind a TLS proxy jobs get plain addresses of the server, and of nothing else', () => {
  expect(adapted('https://ci.example.org')).toEqual({
    CI_SERVER_URL: 'http://ci.example.org',
    CI_SERVER_PROTOCOL: 'http',
    CI_SERVER_PORT: '80',
    CI_JOB_URL: 'https://ci.example.org/jobs/1',
    CI_REPOSITORY_URL: 'http://gitlab-ci-token:secret@ci.example.org/stacks/lab.git',
    S3_ENDPOINT_URL: 'http://ci.example.org/s3',
    OWN: 'mirrors: http://ci.example.org/mirrors/lab, https://other.example.org',
    OTHER: values.OTHER,
  });
});

test('a server that speaks TLS itself, or none, keeps its URL', () => {
  expect(adapted('https://ci.example.org', true)).toEqual(values);
  expect(adapted('http://ci.example.org')).toEqual(values);
});
