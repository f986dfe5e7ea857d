import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, onTestFinished, test } from 'vitest';
import { Secret } from '../../src/kit/index.ts';
import { createToken } from '../../src/server/access/create-token.ts';
import { listen } from '../../src/server/listen.ts';
import { lock, openLab, type Lab } from '../support/coordinator.ts';
import { temporaryFolder } from '../support/mirror-package.ts';
import { findPart } from '../support/part.ts';
import { labApp } from '../support/lab-app.ts';

/** From PyPI. Sends what the OpenAPI document allows, and what it does not, and judges the answers. */
const schemathesis = findPart('schemathesis');

/** The stream of events does not end. */
const endless = ['watchEvents'];
const checks = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
  'allow_header_conformance',
  'unsupported_method',
];

const common = '--phases examples,coverage,fuzzing --max-examples 15 --seed 1 --workers 1 --no-color --warnings off'
  .split(' ')
  .concat('--generation-database', 'none', '--checks', checks.join(','))
  // The speed of the machine is not judged.
  .concat('--suppress-health-check', 'too_slow', '--request-timeout', '300');

/** A server with a stack that has pipelines, a log, a running job, packages and an image. */
async function openSite(): Promise<{ readonly lab: Lab; readonly url: string }> {
  const lab = await openLab({ stack: { private: false }, hookToken: new Secret('hook') });
  await lab.happens(lab.push('main').event);
  await lab.workAll();
  const jobs = 'runs: { script: x }\nwaits: { script: x, tags: [none] }\nlater: { script: x, when: manual }\n';
  await lab.happens(lab.push('main', { 'spack.yaml': 'spack: {}\n', '.gitlab-ci.yml': jobs }).event);
  await lab.take();
  const app = labApp(lab, { wake: () => true });
  const listener = await listen(app, { address: '127.0.0.1:0' });
  onTestFinished(() => listener.close());
  return { lab, url: listener.url };
}

/** Values of parameters that exist in the lab. Without them nearly all answers are 404. */
const known = { stack: 'lab', hash: lock.tide.hash, from: 'pipeline:1', to: 'pipeline:2', name: 'generate' };

interface Run {
  /** Number of the pipeline, job and image that requests are mostly about; without it they do not exist. */
  readonly number?: string;
  readonly token?: boolean;
  readonly methods: readonly ('GET' | 'POST')[];
}

async function judge({ number, token, methods }: Run): Promise<void> {
  const { lab, url } = await openSite();
  const folder = await temporaryFolder();
  const values = number === undefined ? {} : { ...known, id: number, number: '1' };
  const configuration = join(folder, 'schemathesis.toml');
  const parameters = Object.entries(values).map(([name, value]) => `${name} = ${JSON.stringify(value)}\n`);
  await writeFile(configuration, `[parameters]\n${parameters.join('')}`);
  const options = [
    ...common,
    ...methods.flatMap((method) => ['--include-method', method]),
    ...endless.flatMap((id) => ['--exclude-operation-id', id]),
    ...(token === true ? ['-H', `Authorization: Bearer ${tokenOf(lab)}`] : []),
  ];
  const all = ['--config-file', configuration, 'run', `${url}/api/v1/openapi.json`, ...options];
  const { exitCode, stdout } = await execa(schemathesis as string, all, { reject: false, cwd: folder });
  expect(exitCode, stdout).toBe(0);
}

function tokenOf(lab: Lab): string {
  const parts = { access: lab.access, credentials: lab.context.tokens };
  return createToken(parts, { name: 'test', scope: 'admin', stacks: ['*'], days: 1 }, 'the test').token;
}

test.skipIf(schemathesis === undefined).each<[string, Run]>([
  ['reads without a token', { number: '1', methods: ['GET'] }],
  ['reads of a pipeline that is active', { number: '3', methods: ['GET'] }],
  ['reads of what does not exist', { methods: ['GET'] }],
  ['actions without a token', { number: '1', methods: ['POST'] }],
  ['reads with a token', { number: '1', token: true, methods: ['GET'] }],
  ['actions with a token', { number: '3', token: true, methods: ['POST'] }],
])('answers as the document says to %s', async (_what, run) => {
  await judge(run);
});
