import { describe, expect, test } from 'vitest';
import { openLab, tinyStack, type Lab } from '../../../test/support/coordinator.ts';
import type { Files } from '../../../test/support/memory-forge.ts';
import { forgeError } from '../../forge/index.ts';
import { RequestDetail } from '../../protocol/index.ts';
import { restRoutes } from './rest.ts';

const held = { 'slipway.yaml': 'forks: hold\n' };

/** A fork's request whose base holds forks, and how its view is read. */
async function forked(files: Files, change?: (lab: Lab) => void) {
  const lab = await openLab();
  const baseSha = lab.push('main', { ...tinyStack, ...held }).sha;
  const { sha } = lab.push('topic', { ...tinyStack, ...held, ...files });
  change?.(lab);
  await lab.happens(
    lab.forge.request('7', sha, { baseSha, fork: true, title: 'More', author: 'Eve <eve@example.org>' }),
  );
  const app = restRoutes(lab.coordinator);
  const read = async () => {
    const response = await app.request('/api/v1/stacks/lab/requests/7');
    expect(response.status).toBe(200);
    return RequestDetail.parse(await response.json());
  };
  return { lab, sha, app, read };
}

describe('the view of a held request', () => {
  test('has what would run, read from the merge, and nothing of it runs', async () => {
    const { lab, sha, read } = await forked({
      '.gitlab-ci.yml': `include: [ci/jobs.yml]
variables: { WHO: world }
greet: { image: "debian:12", tags: [big], before_script: ['date'], script: ['echo "hello $WHO"', 'make'], after_script: [rm -rf x] }
child: { stage: deploy, trigger: { include: [{ artifact: more.yml, job: greet }, { local: other.yml }] } }
`,
      'ci/jobs.yml': 'later: { script: exit 1, when: manual, services: ["postgres:16"] }\n',
      'src/a.c': 'int x;\n',
    });
    const detail = await read();
    expect(detail).toMatchObject({
      number: '7',
      author: 'Eve',
      headSha: sha,
      trust: 'untrusted',
      status: {
        outcome: 'held',
        description: 'Held, from a fork. A maintainer can review and approve it: follow the link',
      },
      pipelines: [],
    });
    const { plan } = detail;
    expect(plan?.jobs.find(({ name }) => name === 'greet')).toEqual({
      name: 'greet',
      stage: 'test',
      kind: 'script',
      when: 'on_success',
      image: 'debian:12',
      services: [],
      tags: ['big'],
      script: { text: 'date\necho "hello $WHO"\nmake', omitted: 0 },
      afterScript: { text: 'rm -rf x', omitted: 0 },
      variables: { text: 'WHO=world', omitted: 0 },
      children: [],
    });
    expect(plan?.jobs.find(({ name }) => name === 'later')).toMatchObject({
      when: 'manual',
      services: ['postgres:16'],
    });
    expect(plan?.jobs.find(({ name }) => name === 'child')).toMatchObject({
      kind: 'trigger',
      children: ['more.yml, which job greet writes', 'other.yml'],
    });
    expect(plan).toMatchObject({
      jobCount: 3,
      diagnostics: [],
      pathCount: 3,
      paths: [
        { path: '.gitlab-ci.yml', configures: true },
        { path: 'ci/jobs.yml', configures: true },
        { path: 'src/a.c', configures: false },
      ],
    });
    expect(lab.context.pipelines.list({})).toEqual([]);
  });

  test('has the tier of its author where the forge reports roles, which it is asked for once', async () => {
    const { lab, read } = await forked({});
    expect((await read()).tier).toBeUndefined();
    const asked: string[] = [];
    lab.forge.permission = async (actor) => {
      asked.push(actor);
      return 'write';
    };
    const { sha } = lab.push('topic', { ...tinyStack, 'more.txt': '1' });
    await lab.happens(lab.forge.request('7', sha, { fork: true, author: 'eve' }));
    asked.length = 0;
    for (let times = 0; times < 3; times += 1) expect((await read()).tier).toBe('trusted');
    expect(asked).toEqual(['eve']);
  });

  test('says with what it conflicts, as the status would', async () => {
    const { read } = await forked({}, ({ forge }) => {
      forge.conflict = 'spack.yaml';
    });
    expect((await read()).plan).toMatchObject({
      nothing: 'Conflicts with main: spack.yaml (merge main into the branch, and push)',
      jobs: [],
    });
    expect((await read()).status?.outcome).toBe('held');
  });

  test('says why there would be no pipeline', async () => {
    const excluded = await forked({ '.gitlab-ci.yml': 'a: { script: x, rules: [{ if: $NEVER }] }\n' });
    expect((await excluded.read()).plan?.nothing).toBe('The rules leave no job in this pipeline');
    const empty = await forked({ 'spack.yaml': 'spack: {}\n', 'slipway.yaml': 'forks: perhaps\n' });
    const { plan } = await empty.read();
    expect(plan?.nothing).toBeUndefined();
    expect(plan?.diagnostics).toMatchObject([{ severity: 'error', file: 'slipway.yaml', line: 1 }]);
  });

  test('has no reason to wait once there is a pipeline, and is there only for requests that exist', async () => {
    const { lab, app, sha, read } = await forked({ '.gitlab-ci.yml': 'a: { script: x }\n' });
    await read();
    await lab.happens(lab.forge.request('7', sha, { baseSha: lab.forge.base, fork: true }));
    expect(await read()).toMatchObject({ pipelines: [{ id: '1', trust: 'untrusted' }], pipeline: { id: '1' } });
    expect((await read()).status?.outcome).toBeUndefined();
    expect((await app.request('/api/v1/stacks/lab/requests/8')).status).toBe(404);
    expect((await app.request('/api/v1/stacks/other/requests/7')).status).toBe(404);
  });
});

describe('hostile files of a request', () => {
  test('are shown in part and with all of their characters', async () => {
    const { read } = await forked({
      '.gitlab-ci.yml': [
        `long: { script: ["${'echo x;'.repeat(5000)}"] }`,
        `hidden: { script: ["echo \\u202egood\\u202c\\u0007"] }`,
        `"${'n'.repeat(250)}": { script: x }`,
        'many: { script: x, parallel: 200 }',
        'more: { script: x, parallel: 200 }',
      ].join('\n'),
    });
    const { plan } = await read();
    const named = (name: string) => plan?.jobs.find((job) => job.name === name);
    expect(named('long')?.script).toEqual({ text: 'echo x;'.repeat(5000).slice(0, 10_000), omitted: 25_000 });
    expect(named('hidden')?.script?.text).toBe('echo \\u{202e}good\\u{202c}\\u{7}');
    expect(plan?.jobs).toHaveLength(200);
    expect(plan?.jobCount).toBe(403);
  });

  test('cannot make the view large', async () => {
    const jobs = Array.from({ length: 190 }, (_, index) => `j${index}: { script: ["${'y'.repeat(9000)}"] }`);
    const { read } = await forked({ '.gitlab-ci.yml': jobs.join('\n') });
    const detail = await read();
    expect(detail.plan?.jobCount).toBe(190);
    expect(detail.plan?.jobs.length).toBeLessThan(50);
    expect(JSON.stringify(detail).length).toBeLessThan(500_000);
  });

  test('that are no pipeline, or cannot be read, are a part of the answer', async () => {
    const broken = await forked({ '.gitlab-ci.yml': `a: &a [${'*a,'.repeat(20)}\n` });
    expect((await broken.read()).plan?.diagnostics[0]).toMatchObject({ severity: 'error', file: '.gitlab-ci.yml' });
    const linked = await forked({}, ({ forge }) => {
      const readFile = forge.readFile.bind(forge);
      forge.readFile = async (sha, path) => {
        if (path === '.gitlab-ci.yml') throw forgeError('FORGE_NO_PLAIN_FILE', { sha, path });
        return readFile(sha, path);
      };
    });
    expect((await linked.read()).plan).toMatchObject({
      jobs: [],
      problem: { code: 'FORGE_NO_PLAIN_FILE', message: expect.stringContaining('symbolic link') },
    });
  });
});
