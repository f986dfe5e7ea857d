import { describe, expect, test } from 'vitest';
import { openLab, tinyStack, type Lab } from '../../../test/support/coordinator.ts';
import { forgeError, type PullRequest } from '../../forge/index.ts';
import { approveRequest } from './intake.ts';

const excluded = {
  ...tinyStack,
  '.gitlab-ci.yml': 'workflow: { rules: [{ if: $NEVER }] }\na: { script: x }\n',
};
const shown = (lab: Lab, sha: string) => lab.context.ledger.statuses('lab').find((one) => one.sha === sha);

/** A pull request whose base has this policy. */
async function requested(lab: Lab, policy: string, more: Partial<PullRequest> = {}, files = tinyStack) {
  const baseSha = lab.push('main', { ...tinyStack, 'slipway.yaml': policy }).sha;
  const { sha } = lab.push('topic', files);
  const request = (changes: Partial<PullRequest> = {}) =>
    lab.happens(lab.forge.request('7', sha, { baseSha, ...more, ...changes }));
  await request();
  return { sha, request };
}

describe('a commit that the rules exclude', () => {
  test('is a success without a pipeline, so that a required status does not block it', async () => {
    const lab = await openLab();
    const { sha } = await requested(lab, '', {}, excluded);
    expect(lab.status(sha)).toBe('success: No pipeline for this commit');
    expect(shown(lab, sha)?.url).toBe('http://127.0.0.1:1/stacks/lab/requests/7');
    const pushed = lab.push('main', excluded);
    await lab.happens(pushed.event);
    expect(lab.status(pushed.sha)).toBe('success: No pipeline for this commit');
    expect(lab.context.pipelines.list({})).toEqual([]);
  });

  test('gets no status where the policy of its base shows that, and its own has no say', async () => {
    const lab = await openLab();
    const { sha } = await requested(lab, 'noPipeline: nothing\n', {}, excluded);
    expect(lab.status(sha)).toBeUndefined();
    const other = await requested(lab, '', {}, { ...excluded, 'slipway.yaml': 'noPipeline: nothing\n' });
    expect(lab.status(other.sha)).toBe('success: No pipeline for this commit');
  });
});

describe('a change that has no pipeline', () => {
  test.each([
    ['bad YAML', { '.gitlab-ci.yml': 'a: [\n' }, /^error: \.gitlab-ci\.yml:/],
    ['a bad policy', { 'slipway.yaml': 'forks: maybe\n' }, /^error: slipway\.yaml:1/],
  ])('says why and leads to the page of the stack: %s', async (_what, files, status) => {
    const lab = await openLab();
    const pushed = lab.push('main', { ...tinyStack, ...files });
    await lab.happens(pushed.event);
    expect(lab.status(pushed.sha)).toMatch(status);
    expect(shown(lab, pushed.sha)?.url).toBe('http://127.0.0.1:1/stacks/lab#branches');
  });

  test('shows that where it conflicts with its base, with all of what conflicts on the page', async () => {
    const lab = await openLab();
    lab.forge.conflict = 'many-files.txt, '.repeat(20);
    const { sha } = await requested(lab, '');
    expect(shown(lab, sha)?.description).toMatch(/^Conflicts with main: .*…$/);
    expect(shown(lab, sha)).toMatchObject({
      detail: expect.stringContaining('merge main into the branch, and push'),
      url: 'http://127.0.0.1:1/stacks/lab/requests/7',
    });
  });

  test('says that a symbolic link is not followed', async () => {
    const lab = await openLab();
    const read = lab.forge.readFile.bind(lab.forge);
    lab.forge.readFile = async (sha, path) => {
      if (path === '.gitlab-ci.yml') throw forgeError('FORGE_NO_PLAIN_FILE', { sha, path });
      return read(sha, path);
    };
    const pushed = lab.push('main');
    await lab.happens(pushed.event);
    expect(lab.status(pushed.sha)).toMatch(
      /^error: `\.gitlab-ci\.yml` at commit \w+ is a symbolic link .* not followed/,
    );
  });
});

describe('a draft', () => {
  test('waits until it is marked ready, and its pipeline stays when it becomes a draft again', async () => {
    const lab = await openLab();
    const { sha, request } = await requested(lab, '', { draft: true });
    expect(lab.status(sha)).toBe(
      'pending: Draft: runs once marked ready. A maintainer can review and approve it: follow the link',
    );
    expect(lab.context.pipelines.list({})).toEqual([]);
    await request({ draft: false });
    expect(lab.context.pipelines.list({})).toHaveLength(1);
    await request({ draft: true });
    await request({ draft: false });
    expect(lab.context.pipelines.list({})).toHaveLength(1);
    expect(lab.status(sha)).toBe('pending: 0 of 1 jobs done');
  });

  test('runs where a person approves it, or the policy of its base shows that', async () => {
    const lab = await openLab();
    const { sha } = await requested(lab, '', { draft: true });
    await approveRequest(lab.coordinator, lab.stack, { request: '7', sha, by: 'ada' });
    expect(lab.context.pipelines.list({})).toHaveLength(1);
    const other = await openLab();
    await requested(other, 'drafts: run\n', { draft: true });
    expect(other.context.pipelines.list({})).toHaveLength(1);
  });
});
