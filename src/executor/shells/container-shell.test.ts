import { describe, expect, test } from 'vitest';
import { containerWords } from './container-shell.ts';

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
