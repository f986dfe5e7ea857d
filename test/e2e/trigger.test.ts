import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { main } from '../../src/cli/main.ts';
import { collectedTerminal } from '../support/collected-terminal.ts';
import { forkLab, labToken, type ForkLab } from '../support/fork-lab.ts';

const example = join(import.meta.dirname, '../../examples/github-actions/slipway.yml');
const hasCurl = spawnSync('curl', ['--version']).status === 0;
if (!hasCurl) process.stderr.write('skipped: the example for GitHub Actions needs curl\n');

const pipeline = `variables: { FROM: file }
say:
  script: ['echo "from $FROM, $STACK_WIDE, $CI_PIPELINE_SOURCE, protected $CI_COMMIT_REF_PROTECTED, secret \${PROTECTED_SECRET:-none}"']
`;

describe('a pipeline that is asked for', () => {
  let lab: ForkLab;
  let first: string;
  let tip: string;
  beforeAll(async () => {
    lab = await forkLab({
      variables: { STACK_WIDE: 'configured' },
      events: { pushes: false, pullRequests: false },
      triggerTokens: [{ actor: 'ada', token: { env: 'ADA' } }],
    });
    first = await lab.remote.commit('refs/heads/main', { '.gitlab-ci.yml': pipeline });
    tip = await lab.remote.commit('refs/heads/main', { note: 'newer' });
    await lab.remote.commit('refs/heads/side', { note: 'aside' }, 'refs/heads/main');
  });
  afterAll(() => lab.close());

  async function slipway(...words: readonly string[]) {
    const { terminal, stdout, stderr } = collectedTerminal();
    const env = { SLIPWAY_TOKEN: labToken, SLIPWAY_URL: lab.server.url };
    const context = { env, cwd: lab.data, terminal, signal: new AbortController().signal };
    return { status: await main(words, context), stdout: stdout(), stderr: stderr() };
  }
  const logOf = async (pipelineId: string): Promise<string> => {
    const [run] = lab.server.coordinator.context.pipelines.runs(pipelineId);
    return readFile(join(lab.data, 'jobs', run?.id ?? '', 'trace.log'), 'utf8');
  };

  test('runs at the tip of a protected branch, and its variables win over all others', async () => {
    const words = ['--variable', 'FROM=caller', '--variable', 'STACK_WIDE=asked'];
    const { status, stdout } = await slipway(
      'trigger',
      '--stack',
      'lab',
      '--ref',
      'main',
      ...words,
      '--wait',
      '--json',
    );
    const answer = JSON.parse(stdout) as Record<string, string>;
    expect({ status, answer }).toMatchObject({
      status: 0,
      answer: { sha: tip, trust: 'protected', status: 'success' },
    });
    expect(answer['url']).toBe(`${lab.server.url}/pipelines/${answer['id']}`);
    expect(await logOf(answer['id'] ?? '')).toContain('from caller, asked, api, protected true, secret [MASKED]');
  });

  test('is trusted by its branch alone', async () => {
    const { body } = await lab.post('trigger', { ref: 'side', variables: { CI: 'no' } });
    expect(body).toMatchObject({ code: 'VARIABLE_REFUSED' });
    const side = await lab.post('trigger', { ref: 'side' });
    expect(side).toMatchObject({ status: 201, body: { trust: 'pull-request' } });
    await lab.finished(side.body['sha'] ?? '');
    expect(await logOf(side.body['id'] ?? '')).toContain('from file, configured, api, protected false, secret none');
  });

  test('may be for an older commit of the branch, and for no other', async () => {
    expect(await lab.post('trigger', { ref: 'main', sha: first })).toMatchObject({ status: 201, body: { sha: first } });
    const aside = await lab.remote.git('rev-parse', 'HEAD');
    expect(await lab.post('trigger', { ref: 'main', sha: aside })).toMatchObject({
      status: 422,
      body: { code: 'COMMIT_NOT_IN_BRANCH' },
    });
    expect(await lab.post('trigger', { ref: 'nowhere' })).toMatchObject({
      status: 404,
      body: { code: 'BRANCH_UNKNOWN' },
    });
  });

  test('counts as the account’s whose token was shown', async () => {
    const { pipelines } = lab.server.coordinator.context;
    const own = await lab.post('trigger', { ref: 'side' }, 'planted-token-of-ada-20d7');
    expect([own.status, pipelines.record(own.body['id'] ?? '')?.actor]).toEqual([201, 'ada']);
    const shared = await lab.post('trigger', { ref: 'side' });
    expect([shared.status, pipelines.record(shared.body['id'] ?? '')?.actor]).toEqual([201, undefined]);
    expect((await lab.post('trigger', { ref: 'side', actor: 'ada' })).status).toBe(400);
  });

  test('needs the token, and reserved variables are refused before anything happens', async () => {
    const before = lab.server.coordinator.context.pipelines.list({ stack: 'lab' }).length;
    expect(await lab.post('trigger', { ref: 'main' }, 'wrong')).toMatchObject({
      status: 401,
      body: { code: 'SERVER_TOKEN_WRONG', message: 'The token is unknown, expired or revoked.' },
    });
    for (const name of ['AWS_SECRET_ACCESS_KEY', 'SLIPWAY_TRUST', 'CI_JOB_TOKEN']) {
      expect(await lab.post('trigger', { ref: 'main', variables: { [name]: 'x' } })).toMatchObject({ status: 422 });
    }
    expect(await lab.post('trigger', { ref: 'main', trust: 'protected' })).toMatchObject({ status: 400 });
    expect(lab.server.coordinator.context.pipelines.list({ stack: 'lab' })).toHaveLength(before);
    const refused = await slipway('trigger', '--stack', 'lap', '--ref', 'main');
    expect(refused.status).toBe(1);
    expect(refused.stderr).toMatch(/There is no stack `lap`.* \[STACK_UNKNOWN\]\nhint: Did you mean `lab`\?/);
    const elsewhere = await slipway('trigger', '--stack', 'lab', '--ref', 'mian');
    expect(elsewhere.stderr).toMatch(/no branch `mian`\. \[BRANCH_UNKNOWN\]\nhint: Did you mean `main`\?/);
  });

  test.skipIf(!hasCurl)('is asked for by the example for GitHub Actions', async () => {
    const workflow = parse(await readFile(example, 'utf8')) as { jobs: { trigger: { steps: { run: string }[] } } };
    const script = workflow.jobs.trigger.steps[0]?.run ?? '';
    const env = { SLIPWAY_URL: lab.server.url, SLIPWAY_STACK: 'lab', SLIPWAY_TOKEN: labToken };
    const github = { GITHUB_REF_NAME: 'main', GITHUB_SHA: tip, PATH: process.env['PATH'] };
    const { stdout } = await execa('bash', ['-e', '-c', script], { env: { ...env, ...github }, extendEnv: false });
    expect(JSON.parse(stdout)).toMatchObject({ stack: 'lab', sha: tip, trust: 'protected' });
    const wrong = { ...env, ...github, SLIPWAY_TOKEN: 'wrong' };
    const refused = await execa('bash', ['-e', '-c', script], { env: wrong, extendEnv: false, reject: false });
    expect(refused.exitCode).toBe(22);
  });
});
