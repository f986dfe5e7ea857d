import { describe, expect, test } from 'vitest';
import { executorIn, sortOut } from './reproduction.ts';

const variable = (key: string, value: string, masked = false) => ({ key, value, masked, raw: false });

describe('what is reported of a job for its reproduction', () => {
  test('keeps back secrets, what looks like one, and every value in which one stands', () => {
    const { open, withheld } = sortOut([
      variable('CI_COMMIT_SHA', 'c0ffee'),
      variable('DOOR', 'hunter2-hunter2', true),
      variable('DOOR_URL', 'https://ann:hunter2-hunter2@example.org'),
      variable('CDASH_AUTH_TOKEN', 'sesame'),
      variable('SHORT_TOKEN', 'c0'),
      variable('CI_JOB_TOKEN', 'job-token', true),
      variable('CI_REPOSITORY_URL', 'https://gitlab-ci-token:job-token@localhost/stacks/lab.git'),
      variable('AWS_ACCESS_KEY_ID', 'key'),
      variable('SLIPWAY_MIRROR', 's3://lab'),
      variable('SLIPWAY_TRUSTED_KEYS', 'public'),
    ]);
    expect(open.map(({ key }) => key)).toEqual(['CI_COMMIT_SHA', 'SLIPWAY_TRUSTED_KEYS']);
    expect(withheld).toEqual(['DOOR', 'DOOR_URL', 'CDASH_AUTH_TOKEN', 'SHORT_TOKEN']);
  });

  test.each([
    ['Running job 7 with the embedded runner of slipway\n', { executor: 'embedded' }],
    [
      `Preparing the "docker" executor\nUsing docker image sha256:0a for debian:12 with digest debian@sha256:${'b'.repeat(64)} ...\n`,
      { executor: 'docker', imageDigest: `sha256:${'b'.repeat(64)}` },
    ],
    ['Preparing the "shell" executor\nUsing Shell (bash) executor...\n', { executor: 'shell' }],
    ['something else\n', {}],
  ])('finds in a log where it ran: %j', (log, place) => {
    expect(executorIn(log)).toEqual(place);
  });
});
