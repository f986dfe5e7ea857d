import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sandboxAvailable } from '../../src/executor/index.ts';
import { forkLab, type ForkLab } from '../support/fork-lab.ts';

const hasCurl = spawnSync('curl', ['--version']).status === 0;
const canRun = hasCurl && (await sandboxAvailable());
if (!canRun) process.stderr.write('skipped: the network of jobs needs user namespaces and curl\n');

const recipe = {
  'spack.yaml': 'spack:\n  specs: [gauge]\n  view: false\n',
  'recipes/gauge.yaml':
    'name: gauge\nversion: "1.0"\ninstall: mkdir -p "$PREFIX/bin" && echo 7 > "$PREFIX/bin/gauge"\n',
};

let lab: ForkLab;
let service: Server;
beforeEach(async () => {
  service = createServer((_, response) => response.end('service of the host\n')).listen(0, '127.0.0.1');
  await once(service, 'listening');
});
afterEach(async () => {
  service.close();
  await lab.close();
});

/** What a job tries that has read our sources; each attempt is followed by its status. */
function attempts(): string {
  const say = `--silent --show-error --max-time 300 --write-out ' [%{http_code}]\\n'`;
  const { port } = service.address() as AddressInfo;
  return [
    `curl ${say} --noproxy '*' http://127.0.0.1:${port}/direct`,
    `curl ${say} --proxy "$http_proxy" http://127.0.0.1:${port}/proxied`,
    `curl ${say} --proxy "$http_proxy" --proxytunnel http://127.0.0.1:${port}/tunnelled`,
    `curl ${say} --noproxy '' http://localhost:${port}/by-name`,
    // Without a sandbox it may be that nothing answers there.
    `curl ${say} --max-time 20 --noproxy '' http://169.254.169.254/latest/meta-data/`,
    `curl ${say} "$CI_SERVER_URL/api/v1/pipelines"`,
    `curl ${say} -X POST -H "Authorization: Bearer $CI_JOB_TOKEN" "$CI_SERVER_URL/api/v1/stacks/lab/requests/7/approve"`,
    `curl ${say} "$CI_SERVER_URL/healthz"`,
    'true',
  ].join('\n');
}

/** A job that fails, and reports before that that it has succeeded. */
const forged = {
  '.gitlab-ci.yml': 'forge:\n  script: [sh forge.sh, exit 1]\n',
  'forge.sh': `curl --silent -X PUT -H 'Content-Type: application/json' -d '{"token":"'$CI_JOB_TOKEN'","state":"success"}' "$CI_SERVER_URL/api/v4/jobs/$CI_JOB_ID"\n`,
};

const look = (): Readonly<Record<string, string>> => ({
  '.gitlab-ci.yml': `look around:\n  script: [sh attempts.sh 2>&1]\n`,
  'attempts.sh': attempts(),
});

async function pipelineOf(files: Readonly<Record<string, string>>): Promise<string> {
  await lab.remote.commit('refs/heads/main', { 'README.md': 'A stack\n' });
  lab.server.wake('lab');
  const head = await lab.remote.commit('refs/heads/team', files, 'refs/heads/main');
  lab.server.wake('lab');
  return (await lab.finished(head)).status;
}

async function run(files: Readonly<Record<string, string>>): Promise<string> {
  const status = await pipelineOf(files);
  const remains = await lab.remains();
  expect(status, remains).toBe('success');
  return remains;
}

describe.skipIf(!canRun)('the network of a sandboxed job', () => {
  test.each([
    ['at a loopback address', undefined],
    ['at a name', 'http://slipway.site.test:8080'],
    ['behind a program that speaks TLS for it', 'https://slipway.site.test'],
  ])('has the server %s, and nothing else of the host', async (_, baseUrl) => {
    lab = await forkLab({}, baseUrl === undefined ? {} : { baseUrl });
    const remains = await run(look());
    expect(remains).not.toContain('service of the host');
    expect(remains.match(/the network policy does not list this host/g)?.length).toBeGreaterThanOrEqual(3);
    expect(remains.match(/"EGRESS_ROUTE_REFUSED".*\[403\]/g)).toHaveLength(2);
    expect(remains).toMatch(/^ok\n \[200\]$/m);
  });

  test.each(['http://slipway.site.test:8080', 'https://slipway.site.test'])(
    'is enough to build and push a package, where the server is reached through the proxy alone: %s',
    async (baseUrl) => {
      lab = await forkLab({}, { baseUrl });
      expect(await run(recipe)).toContain('gauge@1.0: install');
    },
  );

  test('does not let a job report an outcome of its own', async () => {
    lab = await forkLab();
    expect(await pipelineOf(forged)).toBe('failed');
  });

  // Without these the tests above might pass because nothing is tried.
  test('would be that of the host without a sandbox', async () => {
    lab = await forkLab({}, { sandbox: 'never' });
    const remains = await run(look());
    expect(remains).toMatch(/service of the host\n \[200\]/);
    expect(remains).toMatch(/"trust":"pull-request".*\[200\]/);
  });

  test('would let a job report its own outcome without a sandbox', async () => {
    lab = await forkLab({}, { sandbox: 'never' });
    expect(await pipelineOf(forged)).toBe('success');
  });
});
