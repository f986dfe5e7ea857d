import { describe, expect, test } from 'vitest';
import { chooseJobPlace, containerWords } from './container.ts';

const DIGEST = `sha256:${'b'.repeat(64)}`;

describe('where a job is run again', () => {
  test.each([
    ['a job without an image', {}, 'the job names no image'],
    ['a job that ran in a shell', { image: { name: 'debian:12' }, executor: 'shell' }, 'it ran in a shell'],
    ['a job of the embedded runner', { image: { name: 'debian:12' }, executor: 'embedded' }, 'it ran in a shell'],
  ])('%s: in a workspace', async (_, job, because) => {
    const place = await chooseJobPlace(job, { choice: 'auto', env: {} });
    expect(place.container).toBeUndefined();
    expect(place.because).toContain(because);
  });

  test('says which image it would have been, by its digest, where a workspace is asked for', async () => {
    const image = { name: 'registry:5000/lab/builder:12', digest: DIGEST };
    const place = await chooseJobPlace({ image, executor: 'docker' }, { choice: 'none', env: {} });
    expect(place).toEqual({
      because: `as you asked, it runs in a workspace of this machine, not in registry:5000/lab/builder@${DIGEST}`,
    });
  });
});

test('a workspace it is where no program for containers works, and it says so', async () => {
  const env = { PATH: '/nowhere' };
  const place = await chooseJobPlace({ image: { name: 'debian:12' }, executor: 'docker' }, { choice: 'auto', env });
  expect(place).toEqual({
    because: 'neither podman nor docker works here: it runs in a workspace of this machine, not in debian:12',
  });
});

describe('the words for a container', () => {
  const run = {
    program: 'podman',
    name: 'n',
    image: 'debian:12',
    folder: '/r',
    project: '/r/project',
    readOnly: ['/opt/slipway'],
    script: '/r/script.sh',
    isOnHost: false,
  } as const;
  const shell = `if command -v bash >/dev/null 2>&1; then exec bash '/r/script.sh'; else exec sh '/r/script.sh'; fi`;

  test('show the folder at its own path, and run the script by the entry point of the image', () => {
    expect(containerWords(run).join(' ')).toBe(
      `run --rm --name n --workdir /r/project --volume /r:/r --volume /opt/slipway:/opt/slipway:ro debian:12 sh -c ${shell}`,
    );
  });

  test('take the entry point that the job names, of which docker knows the first word only', () => {
    const words = containerWords({ ...run, entrypoint: ['/bin/env', '-i'], isOnHost: true });
    expect(words.slice(-9)).toEqual([
      '--network',
      'host',
      '--entrypoint',
      '/bin/env',
      'debian:12',
      '-i',
      'sh',
      '-c',
      shell,
    ]);
  });
});
