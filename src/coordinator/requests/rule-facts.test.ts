import { expect, test } from 'vitest';
import { readStackPolicy } from '../changes/stack-policy.ts';
import { configuresCi } from './rule-facts.ts';

function pathsOf(dockerfile: string, ...paths: readonly string[]): readonly string[] {
  const text = `images: [{ repository: lab/a, contents: dockerfile, dockerfile: ${dockerfile} }]\n`;
  const { policy } = readStackPolicy(text);
  return paths.filter(configuresCi(policy ?? { images: [] }));
}

test('a Dockerfile configures CI, and so do its hook and all that it can read, however their paths are written', () => {
  expect(pathsOf('{}', 'docker/a', 'docker/Dockerfile', 'docker/hooks/build', 'dockers/a', 'a')).toEqual([
    'docker/a',
    'docker/Dockerfile',
    'docker/hooks/build',
  ]);
  expect(
    pathsOf(
      '{ path: ./image/Dockerfile, context: ./src/., hook: ci/make }',
      'image/Dockerfile',
      'src/a',
      'ci/make',
      'ci/a',
    ),
  ).toEqual(['image/Dockerfile', 'src/a', 'ci/make']);
  expect(pathsOf('{ context: image }', 'docker/Dockerfile', 'docker/hooks/build', 'docker/a')).toEqual([
    'docker/Dockerfile',
    'docker/hooks/build',
  ]);
  expect(pathsOf('{ context: . }', 'a')).toEqual(['a']);
});
