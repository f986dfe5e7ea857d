import { expect, test } from 'vitest';
import { readDockerWords } from './docker-words.ts';

const folders = { context: '/work/context', cwd: '/work/context' };
const read = (text: string, cwd = folders.cwd) => readDockerWords(text.split(' '), { ...folders, cwd });

test.each([
  ['build -t lab/stack:v1 .', 'build --tag=lab/stack:v1 --file Dockerfile .'],
  [
    'buildx build --progress plain --file=other/Dockerfile --no-cache other',
    'build --no-cache --file other/Dockerfile other',
  ],
  ['build --build-arg A=-v -f ../context/Dockerfile .', 'build --build-arg=A=-v --file Dockerfile .'],
  ['tag lab/stack:v1 lab/stack:v2', 'tag lab/stack:v1 lab/stack:v2'],
  ['image inspect -f {{.Id}} lab/stack', 'inspect --format={{.Id}} lab/stack'],
])('a hook may call docker %s', (given, words) => {
  expect(read(given)).toMatchObject({ words: words.split(' ') });
});

test('paths start where the hook is', () => {
  expect(read('build -f Dockerfile ..', '/work/context/docker')).toMatchObject({
    words: ['build', '--file', 'docker/Dockerfile', '.'],
    reads: ['.', 'docker/Dockerfile'],
  });
});

test.each([
  ['run --volume /:/host debian', 'cannot call `docker run`'],
  ['constructor', 'cannot call `docker constructor`'],
  ['build --volume /:/host .', 'cannot use `--volume`'],
  ['build -v=/:/host .', 'cannot use `-v=/:/host`'],
  ['build --secret id=key,src=/root/.ssh/id .', 'cannot use `--secret`'],
  ['build --no-cache=/x .', 'cannot use `--no-cache`'],
  ['build -f /etc/shadow .', '`/etc/shadow` is not in the context'],
  ['build ..', '`/work` is not in the context'],
  ['build https://elsewhere.example/context.git /', 'takes one folder'],
  ['tag docker-daemon:one /etc two', '`/etc` is not the name of an image'],
  ['pull --authfile /root/auth.json debian', 'cannot use `--authfile`'],
])('a hook may not call docker %s', (given, reason) => {
  expect(read(given)).toContain(reason);
});
