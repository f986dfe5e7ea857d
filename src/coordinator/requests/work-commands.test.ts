import { describe, expect, test } from 'vitest';
import { requestPeople } from '../../../test/support/request-people.ts';
import { readAudit } from '../../audit/index.ts';
import { approveRequest, pollStack } from '../changes/intake.ts';
import { block } from '../quotas/block-actions.ts';

const team = { fork: false, author: 'writer' };

describe('approval by a comment', () => {
  test('names the whole SHA of the head, and is recorded with the person', async () => {
    const { people, head } = await requestPeople();
    expect(people.pipelines()).toEqual([]);
    expect(await people.says('owner', `/slipway approve ${head}`)).toBe(
      `done: Approved \`${head.slice(0, 12)}\`: [pipeline 1](http://127.0.0.1:1/pipelines/1).`,
    );
    expect(people.lab.context.ledger.request('lab', '7')?.approval).toMatchObject({ sha: head, by: 'owner' });
    expect(people.pipelines()).toEqual([`${head} pending`]);
    expect(await people.says('grace', `/slipway approve ${head}`)).toMatch(/^done: Approved/);
    expect(people.pipelines()).toHaveLength(1);
  });

  test('is refused without a SHA, and with a part of one: two commits may share that', async () => {
    const { people, head } = await requestPeople();
    for (const argument of [
      '',
      ` ${head.slice(0, 12)}`,
      ` ${head.slice(0, 39)}`,
      ` ${head} now`,
      ` ${head.toUpperCase()}`,
    ])
      expect(await people.says('owner', `/slipway approve${argument}`)).toMatch(
        /^refused: Approval names the whole SHA/,
      );
    expect(people.pipelines()).toEqual([]);
  });

  test('is void if another head was pushed before the comment was read', async () => {
    const { people, head } = await requestPeople();
    people.comment('owner', `/slipway approve ${head}`);
    const next = people.push();
    await people.poll();
    const [command] = people.lab.context.ledger.commands('lab', '7');
    expect(command).toMatchObject({ state: 'refused', sha: next });
    expect(command?.answer).toContain(`Nothing was approved, because the head is now \`${next}\``);
    expect(command?.answer).toContain('http://127.0.0.1:1/stacks/lab/requests/7');
    expect(people.pipelines()).toEqual([]);
  });

  test('counts for a head that was pushed after the poll and before the comments were read', async () => {
    const { people } = await requestPeople();
    const list = people.lab.forge.comments!;
    let pushed = '';
    people.lab.forge.comments = async (since) => {
      if (pushed === '') people.comment('owner', `/slipway approve ${(pushed = people.push())}`);
      return list(since);
    };
    await people.poll();
    expect(people.pipelines()).toEqual([`${pushed} pending`]);
  });

  test('counts for one base: another has another policy, and another merge', async () => {
    const { people, head } = await requestPeople();
    people.lab.forge.refs.set('refs/heads/old', people.lab.forge.refs.get('refs/heads/main') ?? '');
    await people.says('owner', `/slipway approve ${head}`);
    const before = people.lab.context.ledger.request('lab', '7');
    people.lab.forge.happens(people.lab.forge.request('7', head, { ...before, baseBranch: 'old' }));
    await people.poll();
    expect(people.lab.context.ledger.request('lab', '7')?.approval).toBeUndefined();
    expect(people.pipelines()).toHaveLength(1);
    expect(people.lab.status(head)).toMatch(/^pending: Held, from a fork/);
  });

  test('starts one pipeline also while the same head is reported again', async () => {
    const { people, head } = await requestPeople();
    const { coordinator, stack, context, forge } = people.lab;
    const before = context.ledger.request('lab', '7');
    const approval = coordinator.requestTurns.run('lab', () =>
      approveRequest(coordinator, stack, { request: '7', sha: head, by: 'owner' }),
    );
    forge.happens(forge.request('7', head, { ...before, title: 'Another' }));
    await Promise.all([approval, pollStack(coordinator, stack)]);
    await coordinator.settle();
    expect(people.pipelines()).toHaveLength(1);
  });

  test('counts for one head', async () => {
    const { people, head } = await requestPeople();
    await people.says('owner', `/slipway approve ${head}`);
    const next = people.push();
    await people.poll();
    expect(people.lab.status(next)).toMatch(/^pending: Held, from a fork/);
    expect(await people.says('writer', '/slipway run')).toMatch(/^refused: Commit `\w{40}` must be approved first/);
  });
});

describe('a comment that the list shows late', () => {
  test('is carried out once, although a newer one was read before', async () => {
    const { people, head } = await requestPeople();
    people.lab.tick(120_000);
    expect(await people.says('owner', '/slipway help')).toMatch(/^done/);
    const at = new Date(people.lab.context.clock.now() - 90_000).toISOString();
    expect(await people.says('owner', `/slipway approve ${head}`, { at })).toMatch(/^done: Approved/);
    await people.poll();
    expect(people.lab.context.ledger.commands('lab', '7')).toHaveLength(2);
    expect(people.pipelines()).toHaveLength(1);
  });
});

describe('a comment is no command', () => {
  test.each([
    ['where a stranger quotes a maintainer', 'stranger', (head: string) => `> /slipway approve ${head}`],
    ['below the first line', 'owner', (head: string) => `Looks good\n/slipway approve ${head}`],
    ['after other words', 'owner', (head: string) => `please /slipway approve ${head}`],
    ['after a space', 'owner', (head: string) => ` /slipway approve ${head}`],
    ['of another program', 'owner', (head: string) => `/slipways approve ${head}`],
    ['that is too long', 'owner', (head: string) => `/slipway approve ${head} ${'x'.repeat(200)}`],
  ])('%s', async (_what, author, text) => {
    const { people, head } = await requestPeople();
    expect(await people.says(author, text(head))).toBe('nothing');
    expect(people.pipelines()).toEqual([]);
  });

  test('if a program wrote it, or if it was edited', async () => {
    const { people, head } = await requestPeople();
    expect(await people.says('owner', `/slipway approve ${head}`, { isBot: true })).toBe('nothing');
    expect(await people.says('owner', `/slipway approve ${head}`, { isEdited: true })).toBe('nothing');
    const id = people.comment('owner', 'Looks good');
    await people.poll();
    people.edit(id, `/slipway approve ${head}`);
    await people.poll();
    expect(people.lab.context.ledger.commands('lab', '7')).toEqual([]);
  });

  test('on a request that is unknown or closed, or from before the server knew the stack', async () => {
    const { people } = await requestPeople();
    people.comment('owner', '/slipway help', { request: '8' });
    people.comment('owner', '/slipway help', { at: '2020-01-01T00:00:00.000Z' });
    people.lab.forge.happens({ type: 'pull-request-closed', number: '7', merged: false });
    expect(await people.says('owner', '/slipway help')).toBe('nothing');
    for (const number of ['7', '8']) expect(people.lab.context.ledger.commands('lab', number)).toEqual([]);
  });
});

describe('a command', () => {
  test('is carried out once, and an edit after that changes nothing', async () => {
    const { people, head } = await requestPeople(team);
    const id = people.comment('writer', '/slipway cancel');
    await people.poll();
    people.edit(id, '/slipway run');
    for (let poll = 0; poll < 3; poll += 1) await people.poll();
    expect(people.pipelines()).toEqual([`${head} canceled`]);
    expect(people.lab.context.ledger.commands('lab', '7')).toHaveLength(1);
  });

  test('waits while the forge does not report the permission, and is refused after an hour', async () => {
    const { people, head } = await requestPeople();
    people.isMute = true;
    expect(await people.says('owner', `/slipway approve ${head}`)).toBe('pending: ');
    expect(people.pipelines()).toEqual([]);
    people.isMute = false;
    await people.poll();
    expect(people.pipelines()).toEqual([`${head} pending`]);
    people.isMute = true;
    expect(await people.says('owner', '/slipway cancel')).toBe('pending: ');
    people.lab.tick(2 * 3600 * 1000);
    people.isMute = false;
    people.lab.forge.permission = async () => Promise.reject(new Error('status 403'));
    await people.poll();
    expect(people.lab.context.ledger.commands('lab', '7').at(-1)).toMatchObject({ state: 'refused' });
    expect(people.pipelines()).toEqual([`${head} pending`]);
  });

  test('is decided by the permission of the moment', async () => {
    const { people, head } = await requestPeople();
    people.isMute = true;
    await people.says('owner', `/slipway approve ${head}`);
    people.lab.forge.permission = async () => 'read';
    await people.poll();
    expect(people.lab.context.ledger.commands('lab', '7').at(-1)?.answer).toMatch(
      /^`approve` is not for accounts of the tier/,
    );
    expect(people.pipelines()).toEqual([]);
  });

  test('of a blocked account is refused', async () => {
    const { people, head } = await requestPeople();
    await block(
      people.lab.coordinator,
      { kind: 'author', stack: 'lab', name: 'owner' },
      { by: 'root', reason: 'stolen account' },
    );
    expect(await people.says('owner', `/slipway approve ${head}`)).toMatch(/^refused: .*owner/);
    expect(people.pipelines()).toEqual([]);
  });

  test('is ignored after ten others of the same account in an hour that were in vain', async () => {
    const { people } = await requestPeople();
    for (let count = 0; count < 12; count += 1) people.comment('stranger', '/slipway run');
    await people.poll();
    expect(people.lab.context.ledger.commands('lab', '7')).toHaveLength(10);
    expect(await people.says('owner', '/slipway help')).toMatch(/^done/);
  });

  test('is ignored after ten others that only asked something, since each answer is a request to the forge', async () => {
    const { people } = await requestPeople();
    for (let count = 0; count < 6; count += 1) expect(await people.says('stranger', '/slipway help')).toMatch(/^done/);
    for (let count = 0; count < 4; count += 1) expect(await people.says('stranger', '/slipway plan')).toMatch(/^done/);
    expect(await people.says('stranger', '/slipway plan')).toBe('nothing');
    expect(await people.says('owner', '/slipway plan')).toMatch(/^done/);
  });

  test('is recorded in the audit log, with who gave it', async () => {
    const { people, head } = await requestPeople();
    await people.says('stranger', '/slipway run');
    await people.says('owner', `/slipway approve ${head}`);
    const entries = [...readAudit(people.lab.folder.audit, { who: 'account:*' })];
    expect(entries).toMatchObject([
      { who: 'account:stranger', action: 'pipeline.trigger', on: 'pull request 7', outcome: 'refused' },
      {
        who: 'account:owner',
        action: 'request.approve',
        on: 'pull request 7',
        outcome: 'done',
        details: { sha: head },
      },
    ]);
  });
});

describe('on a pull request of the team', () => {
  test('run starts a pipeline once the last one has ended', async () => {
    const { people, head } = await requestPeople(team);
    expect(await people.says('writer', '/slipway run')).toMatch(/^refused: \[pipeline 1\].* has not ended/);
    await people.says('writer', '/slipway cancel');
    expect(await people.says('writer', '/slipway run')).toMatch(/^done: Started \[pipeline 2\]/);
    expect(people.pipelines()).toEqual([`${head} canceled`, `${head} pending`]);
  });

  test('retry runs failed jobs again, and is refused where there are none', async () => {
    const { people, head } = await requestPeople(team);
    expect(await people.says('writer', '/slipway retry')).toMatch(/^refused: ``Cannot retry pipeline 1/);
    await people.lab.finish((await people.lab.take())!, {
      state: 'failed',
      failure_reason: 'script_failure',
      exit_code: 1,
    });
    await people.lab.finish((await people.lab.take())!);
    expect(await people.says('writer', '/slipway retry')).toMatch(/^done: Failed jobs of \[pipeline 1\]/);
    expect(people.pipelines()).toEqual([`${head} running`]);
  });

  test('rebuild gives its pipeline the name of the package', async () => {
    const { people } = await requestPeople(team);
    await people.says('writer', '/slipway cancel');
    expect(await people.says('writer', '/slipway rebuild')).toMatch(/^refused: Name one package/);
    expect(await people.says('writer', '/slipway rebuild "$(reboot)"')).toMatch(/^refused: Name one package/);
    expect(await people.says('writer', '/slipway rebuild tide')).toMatch(/^done: Started \[pipeline 2\]/);
    const job = (await people.lab.take())!;
    expect(job.variables.find(({ key }) => key === 'SLIPWAY_REBUILD')?.value).toBe('tide');
  });

  test('plan and help are for everyone, and help lists what the account may do', async () => {
    const { people, head } = await requestPeople(team);
    expect(await people.says('stranger', '/slipway plan')).toContain('http://127.0.0.1:1/stacks/lab/requests/7');
    expect(await people.says('stranger', '/slipway')).toBe(
      `done: You can use \`/slipway help\`, \`/slipway plan\`. (Head: \`${head.slice(0, 12)}\`.)`,
    );
    expect(await people.says('owner', '/slipway help')).toContain('`/slipway approve <sha>`');
    expect(await people.says('stranger', '/slipway deploy')).toMatch(
      /^refused: There is no such command\. You can use/,
    );
  });
});
