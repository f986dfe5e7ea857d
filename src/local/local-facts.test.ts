import { expect, test } from 'vitest';
import { predefinedVariables } from '../pipeline/index.ts';
import { localFacts, localSubject } from './local-facts.ts';

const copy = {
  folder: '/work/stack',
  name: 'stack',
  sha: 'a'.repeat(40),
  before: 'b'.repeat(40),
  branch: 'main',
  defaultBranch: 'main',
  author: 'Ada <ada@example.org>',
  timestamp: '2026-01-01T00:00:00Z',
  message: 'One',
  remote: '',
};

test.each([
  ['https://gitlab.example.org/team/hpc/tide.git', 'team/hpc/tide'],
  ['https://user:secret@gitlab.example.org:8443/team/tide', 'team/tide'],
  ['git@github.com:team/tide.git', 'team/tide'],
  ['ssh://git@example.org:22/team/tide.git/', 'team/tide'],
  ['', 'local/stack'],
  ['/srv/git/tide.git', 'local/stack'],
  ['../tide', 'local/stack'],
  ['file:///srv/git/tide.git', 'local/stack'],
])('the project of the origin `%s` is `%s`', (remote, path) => {
  const facts = localFacts({ ...copy, remote }, { version: '1.2.3', env: {}, secrets: {}, configPath: 'ci.yml' });
  const variables = predefinedVariables(facts, localSubject(copy));
  expect(variables).toMatchObject({
    CI_PROJECT_PATH: path,
    CI_PROJECT_PATH_SLUG: path.replaceAll('/', '-'),
    CI_PROJECT_NAME: path.replace(/.*\//, ''),
    CI_PROJECT_NAMESPACE: path.replace(/\/[^/]*$/, ''),
    CI_PROJECT_ROOT_NAMESPACE: path.replace(/\/.*/, ''),
  });
});
