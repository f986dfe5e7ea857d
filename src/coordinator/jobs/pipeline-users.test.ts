import { describe, expect, test } from 'vitest';
import { openLab, type Lab } from '../../../test/support/coordinator.ts';
import { approveRequest } from '../changes/intake.ts';
import { beginRequested } from '../changes/requested-pipeline.ts';
import type { AssignedJob } from '../../pipeline/index.ts';

const stranger = 'Mallory <root@example.org>';
const files = {
  'spack.yaml': 'spack: {}\n',
  '.gitlab-ci.yml': 'j: { script: x, rules: [{ if: $GITLAB_USER_LOGIN != "linus" }] }\n',
};
const unknown = { ID: '0', LOGIN: 'ghost', NAME: 'ghost', EMAIL: 'ghost@users.noreply.127.0.0.1' };
const at = '2026-12-01T00:00:00.000Z';

function userOf({ variables }: AssignedJob): Record<string, string> {
  const own = variables.filter(({ key }) => key.startsWith('GITLAB_USER_'));
  return Object.fromEntries(own.map(({ key, value }) => [key.replace('GITLAB_USER_', ''), value]));
}

const loginOf = async (lab: Lab) => userOf((await lab.take())!)['LOGIN'];

/** By default forks are held. */
async function requestLab(fork: boolean, more?: Parameters<Lab['forge']['request']>[2]) {
  const lab = await openLab();
  const { sha } = lab.push('fix', files);
  const base = more ?? { baseSha: lab.forge.push('main', {}) };
  const happens = () => lab.happens(lab.forge.request('7', sha, { fork, author: stranger, ...base }));
  const approve = (account?: string) =>
    approveRequest(lab.coordinator, lab.stack, { request: '7', sha, by: account ?? 'ada (openid)', account });
  return { lab, sha, happens, approve };
}

describe('the user of a job', () => {
  test('of a push is the account that pushed, with a number made of its name', async () => {
    const lab = await openLab();
    const { sha } = lab.push('main', files);
    await lab.happens({ type: 'branch-pushed', branch: 'main', sha, actor: 'ada' });
    const user = userOf((await lab.take())!);
    expect(user).toMatchObject({ LOGIN: 'ada', NAME: 'ada', EMAIL: 'ada@users.noreply.127.0.0.1' });
    expect(user['ID']).toMatch(/^[1-9]\d*$/);
    expect(Number.isSafeInteger(Number(user['ID']))).toBe(true);
  });

  test('is the one that the forge has on record where no hook reports a push, and it is asked once', async () => {
    const lab = await openLab();
    const asked: string[] = [];
    lab.forge.pusher = async (ref) => void asked.push(ref);
    const { event } = lab.push('main', { ...files, '.gitlab-ci.yml': 'j: { script: x }\nk: { script: x }\n' });
    await lab.happens(event);
    expect([await loginOf(lab), await loginOf(lab)]).toEqual(['ghost', 'ghost']);
    expect(asked).toEqual(['refs/heads/main']);
    lab.forge.pusher = async () => 'grace';
    await lab.happens(lab.push('main', files).event);
    expect(await loginOf(lab)).toBe('grace');
  });

  test('is `ghost` where it is unknown who pushed: the author of the commit is not it', async () => {
    const lab = await openLab();
    await lab.happens(lab.push('main', files).event);
    expect(userOf((await lab.take())!)).toEqual(unknown);
  });

  test('of a request through the API is the account of the token, and never who pushed the commit', async () => {
    const lab = await openLab();
    const { sha } = lab.push('main', files);
    lab.forge.refs.set('refs/heads/main', sha);
    await lab.happens();
    lab.context.ledger.savePush('lab', { ref: 'refs/heads/main', sha, actor: 'grace', at });
    const request = { ref: 'main', source: 'api' } as const;
    await beginRequested(lab.coordinator, lab.stack, { ...request, actor: 'ada' });
    expect(await loginOf(lab)).toBe('ada');
    await beginRequested(lab.coordinator, lab.stack, request);
    expect(await loginOf(lab)).toBe('ghost');
  });

  test('of the team’s pull request is who was the first to push its head', async () => {
    const { lab, sha, happens } = await requestLab(false);
    lab.context.ledger.savePush('lab', { ref: 'refs/heads/fix', sha, actor: 'ada', at });
    lab.context.ledger.savePush('lab', {
      ref: 'refs/heads/again',
      sha,
      actor: 'linus',
      at: at.replace('12-01', '12-02'),
    });
    await happens();
    expect(await loginOf(lab)).toBe('ada');
  });

  test.each([
    ['ada', 'ada'],
    [undefined, 'ghost'],
  ])(
    'of a fork is who approved it, the account %s, and not its author or the account that pushed it',
    async (account, login) => {
      const { lab, sha, happens, approve } = await requestLab(true);
      lab.context.ledger.savePush('lab', { ref: 'refs/heads/fix', sha, actor: 'mallory', at });
      await happens();
      expect(await lab.take()).toBeUndefined();
      await approve(account);
      expect(await loginOf(lab)).toBe(login);
    },
  );

  test('of a fork that needs no approval is `ghost`', async () => {
    const { lab, happens } = await requestLab(true, {});
    await happens();
    expect(await loginOf(lab)).toBe('ghost');
  });
});
