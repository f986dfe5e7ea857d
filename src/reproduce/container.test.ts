import { describe, expect, test } from 'vitest';
import { chooseLocation } from './container.ts';

const DIGEST = `sha256:${'b'.repeat(64)}`;

describe('where a job is run again', () => {
  test.each([
    ['a job without an image', {}, 'the job names no image'],
    ['a job that ran in a shell', { image: { name: 'debian:12' }, executor: 'shell' }, 'it ran in a shell'],
    ['a job of the embedded runner', { image: { name: 'debian:12' }, executor: 'embedded' }, 'it ran in a shell'],
  ])('%s: in a workspace', async (_, job, because) => {
    const location = await chooseLocation(job, { choice: 'auto', env: {} });
    expect(location.container).toBeUndefined();
    expect(location.because).toContain(because);
  });

  test('says which image it would have been, by its digest, where a workspace is requested', async () => {
    const image = { name: 'registry:5000/lab/builder:12', digest: DIGEST };
    const location = await chooseLocation({ image, executor: 'docker' }, { choice: 'none', env: {} });
    expect(location).toEqual({
      because: `as requested, it runs in a workspace of this machine, not in registry:5000/lab/builder@${DIGEST}`,
    });
  });
});

test('a workspace it is where no program for containers works, and it shows that', async () => {
  const env = { PATH: '/nowhere' };
  const location = await chooseLocation({ image: { name: 'debian:12' }, executor: 'docker' }, { choice: 'auto', env });
  expect(location).toEqual({
    because: 'neither podman nor docker works here: it runs in a workspace of this machine, not in debian:12',
  });
});
