import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openLab, tinyStack, type Lab } from '../../../test/support/coordinator.ts';
import type { Files } from '../../../test/support/memory-forge.ts';
import { forgeError, type PullRequest } from '../../forge/index.ts';

const LONG = 3_600_000;

/** A lab whose forge keeps comments; `written` has the texts in their order. */
async function commentedLab(): Promise<{ lab: Lab; written: string[] }> {
  const lab = await openLab();
  const written: string[] = [];
  lab.forge.comment = async ({ text }) => {
    if (text !== written.at(-1)) written.push(text);
  };
  return { lab, written };
}

/** Opens a request, or pushes to it, and lets time pass so that nothing waits for its turn. */
async function push(lab: Lab, files: Files = tinyStack, more: Partial<PullRequest> = {}): Promise<string> {
  const { sha } = lab.push('topic', files);
  lab.tick(LONG);
  await lab.happens(lab.forge.request('7', sha, more));
  return sha;
}

/** Lets time pass, and takes up what waited. */
async function later(lab: Lab, milliseconds = LONG): Promise<void> {
  lab.tick(milliseconds);
  await lab.happens();
}

async function fail(lab: Lab, log: string): Promise<void> {
  const job = (await lab.take())!;
  await mkdir(lab.folder.job(job.run.id), { recursive: true });
  await writeFile(join(lab.folder.job(job.run.id), 'trace.log'), log);
  await lab.finish(job, { state: 'failed', failure_reason: 'script_failure', exit_code: 1 });
}

describe('the comment on a request', () => {
  test('shows what happens to a request: running, failed, pushed again, succeeded, merged', async () => {
    const { lab, written } = await commentedLab();
    const first = await push(lab);
    expect(written.at(-1)).toBe(
      `### \`lab\`: waiting\n\nCommit \`${first.slice(0, 7)}\`, ` +
        '[pipeline 1](http://127.0.0.1:1/pipelines/1): `0 of 1 jobs done`',
    );
    await lab.work((await lab.take())!);
    const error =
      'error: Package `tide@1.0` failed in phase `build` [compile]: a.c:1:1: error: no. [SPACK_BUILD_FAILED]\n';
    await fail(lab, error);
    await later(lab);
    expect(written.at(-1)).toMatch(/^### `lab`: failed\n[^]*\*\*`tide@1\.0`\*\* failed in phase `build` \[compile\]/);
    const second = await push(lab, { ...tinyStack, note: 'again' });
    expect(written.at(-1)).toContain(`### \`lab\`: waiting\n\nCommit \`${second.slice(0, 7)}\``);
    expect(written.at(-1)).toContain(`<details><summary>Before: <code>${first.slice(0, 7)}</code>, failed</summary>`);
    await lab.workAll();
    await later(lab);
    expect(written.at(-1)).toMatch(/^### `lab`: succeeded\n[^]*\*\*2 of 2 packages built, 0 reused\.\*\*/);

    const merge = lab.push('main');
    lab.tick(LONG);
    await lab.happens({ type: 'pull-request-closed', number: '7', merged: true, mergeSha: merge.sha }, merge.event);
    await lab.workAll();
    await later(lab);
    const text = written.at(-1);
    expect(text).toMatch(
      new RegExp(
        `^### \`lab\`: merged\\n\\nMerged as \`${merge.sha.slice(0, 7)}\`\\.\\n\\n- \`slipway\`: \\[success\\]`,
      ),
    );
    expect(text).toMatch(/- `slipway\/image`: \[success\]\(.*\), `lab\/stack:latest sha256:/);
    expect(text).toContain(`<details><summary>Last result: <code>${second.slice(0, 7)}</code>, succeeded</summary>`);
  });

  test('is written once for each change, and progress at growing intervals', async () => {
    const { lab, written } = await commentedLab();
    await push(lab);
    await later(lab);
    expect(written).toHaveLength(1);
    await lab.work((await lab.take())!);
    await later(lab, 2000);
    expect(written).toHaveLength(2);
    expect(written.at(-1)).toContain('**2 of 2 packages to build, 0 reused.**');
    await lab.work((await lab.take())!);
    await later(lab, 20_000);
    expect(written).toHaveLength(2);
    await later(lab, 10_000);
    expect(written).toHaveLength(3);
    expect(written.at(-1)).toContain('1 of 2 packages built');
    await lab.workAll();
    await later(lab, 1000);
    expect(written).toHaveLength(4);
    expect(written.at(-1)).toMatch(/^### `lab`: succeeded/);
  });

  test('shows why a head is held, and why no pipeline could be created', async () => {
    const { lab, written } = await commentedLab();
    const baseSha = lab.push('main', { ...tinyStack, 'slipway.yaml': '' }).sha;
    const held = await push(lab, tinyStack, { baseSha, fork: true });
    expect(written.at(-1)).toContain(`### \`lab\`: held\n\nCommit \`${held.slice(0, 7)}\`: \`Held, from a fork`);
    expect(written.at(-1)).toContain(
      '[**Review what would run**](http://127.0.0.1:1/stacks/lab/requests/7), then approve it',
    );
    expect(written.at(-1)).toContain(`\`/slipway approve ${held}\``);
    const ci = 'a:\n  stage: nowhere @everyone\n  script: x\n';
    await push(lab, { ...tinyStack, '.gitlab-ci.yml': ci }, { baseSha });
    expect(written.at(-1)).toMatch(/^### `lab`: no pipeline could be created\n/);
    expect(written.at(-1)).toMatch(
      /\*\*No pipeline could be created\*\* \[configuration\]: `.*@everyone.*`\n\n- in `\.gitlab-ci\.yml:/,
    );
  });

  test('is not written for commits without a pipeline, nor where the policy of the base has none', async () => {
    const { lab, written } = await commentedLab();
    const excluded = { ...tinyStack, '.gitlab-ci.yml': 'workflow: { rules: [{ if: $NEVER }] }\na: { script: x }\n' };
    await push(lab, excluded);
    const baseSha = lab.push('main', { ...tinyStack, 'slipway.yaml': 'comment: false\n' }).sha;
    await push(lab, { ...tinyStack, 'slipway.yaml': 'comment: true\n' }, { baseSha });
    expect(written).toEqual([]);
    expect(lab.context.ledger.dueComments('lab')).toEqual([]);
  });

  test('answers commands, also where the policy has no comments', async () => {
    const { lab, written } = await commentedLab();
    const baseSha = lab.push('main', { ...tinyStack, 'slipway.yaml': 'comment: false\n' }).sha;
    const sha = await push(lab, tinyStack, { baseSha });
    const { ledger } = lab.context;
    const given = { stack: 'lab', request: '7', actor: 'mallory', sha, at: '2026-01-01T00:00:00.000Z' };
    ledger.saveCommand({ ...given, source: 'comment:1', command: 'run', text: '/slipway run @everyone' });
    await later(lab);
    expect(written.at(-1)).toMatch(/\n\n`\/slipway run @everyone` by `mallory` for `\w{7}`: not carried out yet$/);
    ledger.answerCommand(ledger.pendingCommands('lab')[0]!.id, { state: 'refused', answer: 'You may not.' });
    await later(lab);
    expect(written.at(-1)).toMatch(/`\/slipway run @everyone` by `mallory` for `\w{7}`, refused: You may not\.$/);
  });

  test('without the permission is tried once until the next start, and shown as the problem of the stack', async () => {
    const { lab, written } = await commentedLab();
    let tries = 0;
    const works = lab.forge.comment!;
    lab.forge.comment = async () => {
      tries += 1;
      throw forgeError('FORGE_COMMENT_FORBIDDEN', { request: '7', reason: '403' });
    };
    const problem = () => lab.context.ledger.commentProblem('lab');
    await push(lab);
    await push(lab, { ...tinyStack, note: 'again' });
    expect(tries).toBe(1);
    expect(problem()).toMatchObject({
      code: 'FORGE_COMMENT_FORBIDDEN',
      hint: expect.stringContaining('comment: false'),
    });
    lab.forge.comment = works;
    await lab.reopen();
    await later(lab);
    expect(written).toHaveLength(1);
    expect(problem()).toBeUndefined();
  });

  test('that a forge did not take is written later, by another server too', async () => {
    const { lab, written } = await commentedLab();
    const works = lab.forge.comment!;
    lab.forge.comment = async () => {
      throw new Error('502');
    };
    await push(lab);
    lab.forge.comment = works;
    await later(lab, 1000);
    expect(written).toEqual([]);
    await lab.reopen();
    await later(lab);
    expect(written).toHaveLength(1);
  });

  test('that was written after a failure is compared with what the forge has a minute later, and no more', async () => {
    const { lab, written } = await commentedLab();
    const works = lab.forge.comment!;
    lab.forge.comment = async () => {
      throw new Error('socket hang up');
    };
    await push(lab);
    let checks = 0;
    lab.forge.comment = async (comment) => {
      if (comment.isUncertain === true) checks += 1;
      await works(comment);
    };
    await later(lab, 60_000);
    expect([written.length, checks]).toEqual([1, 1]);
    await later(lab, 59_000);
    expect(checks).toBe(1);
    await later(lab, 1000);
    await later(lab);
    expect([written.length, checks]).toEqual([1, 2]);
    expect(lab.context.ledger.dueComments('lab')).toEqual([]);
  });

  test('that a forge refused is tried again with the next change, and every hour while the request is open', async () => {
    const { lab, written } = await commentedLab();
    const works = lab.forge.comment!;
    let tries = 0;
    const refuse = async () => {
      tries += 1;
      throw forgeError('FORGE_COMMENT_REFUSED', { request: '7', reason: 'locked' });
    };
    lab.forge.comment = refuse;
    await push(lab);
    await later(lab, LONG - 1000);
    expect(tries).toBe(1);
    await later(lab, 1000);
    expect(tries).toBe(2);
    lab.forge.comment = works;
    await later(lab);
    expect(written).toHaveLength(1);
    lab.forge.comment = refuse;
    await lab.happens({ type: 'pull-request-closed', number: '7', merged: false });
    await later(lab);
    expect(lab.context.ledger.dueComments('lab')).toEqual([]);
  });
});
