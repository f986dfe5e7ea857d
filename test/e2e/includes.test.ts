import { expect, onTestFinished, test } from 'vitest';
import { PipelineDetail } from '../../src/protocol/index.ts';
import { sha256 } from '../../src/kit/index.ts';
import { forkLab } from '../support/fork-lab.ts';
import { openIncludeHosts } from '../support/include-hosts.ts';

const COMMIT = 'c'.repeat(40);
const api = 'gitlab.example.org/api/v4/projects/group%2Fci/repository';
const lint = 'spec: { inputs: { word: } }\n---\nlint: { script: ["echo $[[ inputs.word ]]"] }\n';

test('a pipeline runs jobs from a URL, a project, a component and a template, and shows what they were', async () => {
  const includeNetwork = await openIncludeHosts();
  Object.assign(includeNetwork.pages, {
    'ci.example.org/a.yml': 'one: { script: ["echo one"] }\n',
    [`${api}/commits/v1`]: JSON.stringify({ id: COMMIT }),
    [`${api}/files/two.yml/raw?ref=${COMMIT}`]: 'two: { script: ["echo two"] }\n',
    [`${api}/files/templates%2Flint.yml/raw?ref=${COMMIT}`]: lint,
  });
  const url = 'https://gitlab.example.org';
  const lab = await forkLab(
    { includes: { components: [{ component: '$CI_SERVER_FQDN/group/*', url }] } },
    {
      sandbox: 'never',
      includeNetwork,
      includes: { hosts: [{ host: 'ci.example.org' }], projects: [{ project: 'group/ci', url }] },
    },
  );
  onTestFinished(() => lab.close());
  const include = [
    'https://ci.example.org/a.yml',
    { project: 'group/ci', ref: 'v1', file: 'two.yml' },
    { component: '$CI_SERVER_FQDN/group/ci/lint@v1', inputs: { word: 'three' } },
    { template: 'Workflows/Branch-Pipelines.gitlab-ci.yml' },
  ];
  const head = await lab.remote.commit('refs/heads/main', { '.gitlab-ci.yml': JSON.stringify({ include }) });
  lab.server.wake('lab');
  const { id, status } = await lab.finished(head);
  expect(status).toBe('success');
  const detail = PipelineDetail.parse(await (await fetch(`${lab.server.url}/api/v1/pipelines/${id}`)).json());
  expect(detail.jobs.map(({ name }) => name)).toEqual(['one', 'two', 'lint']);
  const { host } = new URL(lab.server.url);
  expect(detail.includes.map(({ kind, source, resolved }) => `${kind} ${source} → ${resolved}`)).toEqual([
    'remote https://ci.example.org/a.yml → https://ci.example.org/a.yml',
    `project group/ci:two.yml@v1 → https://gitlab.example.org/group/ci@${COMMIT}:two.yml`,
    `component ${host}/group/ci/lint@v1 → https://gitlab.example.org/group/ci@${COMMIT}:templates/lint.yml`,
    'template Workflows/Branch-Pipelines.gitlab-ci.yml → built-in Workflows/Branch-Pipelines.gitlab-ci.yml',
  ]);
  expect(detail.includes[2]?.sha256).toBe(sha256(lint));
});
