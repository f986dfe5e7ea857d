import { describe, expect, test } from 'vitest';
import { requestPeople } from '../../../test/support/request-people.ts';
import { readAudit } from '../../audit/index.ts';
import { pollStack, workCommands } from '../../coordinator/index.ts';
import { Secret } from '../../kit/index.ts';
import { labApp } from '../../../test/support/lab-app.ts';

const team = { fork: false, author: 'writer' };

/** A pull request, and commands on it over REST. */
async function served(request: Parameters<typeof requestPeople>[0]) {
  const { people, head } = await requestPeople(request, { triggerToken: new Secret('grants') });
  const { lab } = people;
  const app = labApp(lab, {
    poll: () => pollStack(lab.coordinator, lab.stack),
  });
  const post = async (path: string, body: unknown = {}) => {
    const headers = { authorization: 'Bearer grants', 'content-type': 'application/json' };
    const url = `/api/v1/stacks/lab/requests/${path}`;
    const response = await app.request(url, { method: 'POST', headers, body: JSON.stringify(body) });
    await lab.coordinator.settle();
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const commands = () =>
    lab.context.ledger.commands('lab', '7').map(({ actor, text, state, answer }) => [actor, text, state, answer]);
  const recorded = () =>
    [...readAudit(lab.folder.audit, { who: 'token:lab' })].map(({ action, stack, on, outcome, details }) => ({
      what: `${action} ${stack} ${on} ${outcome}`,
      details,
    }));
  return { people, head, post, commands, recorded };
}

describe('commands on a pull request over REST', () => {
  test('start a pipeline for the head, and are recorded with the person', async () => {
    const { people, head, post, commands, recorded } = await served(team);
    await people.says('writer', '/slipway cancel');
    expect(await post('7/run')).toMatchObject({ status: 201, body: { id: '2', ref: 'pull/7', status: 'pending' } });
    expect(commands().at(-1)).toEqual([
      'token lab',
      '/slipway run',
      'done',
      `Started [pipeline 2](http://127.0.0.1:1/pipelines/2) for \`${head.slice(0, 12)}\`.`,
    ]);
    expect(recorded()).toEqual([
      { what: 'pipeline.trigger lab pull request 7 done', details: { pipeline: '2', sha: head } },
    ]);
    // It is answered, so that it is no command of an account at the forge.
    await workCommands(people.lab.coordinator, people.lab.stack);
    expect(people.pipelines()).toHaveLength(2);
  });

  test('rebuild gives its pipeline the name of the package', async () => {
    const { people, head, post, commands, recorded } = await served(team);
    await people.says('writer', '/slipway cancel');
    for (const body of [{}, { package: '$(reboot)' }, { package: 'tide\n' }, { package: 'tide', sha: head }])
      expect(await post('7/rebuild', body)).toMatchObject({ status: 400 });
    expect(await post('7/rebuild', { package: 'tide' })).toMatchObject({ status: 201, body: { id: '2' } });
    const job = (await people.lab.take())!;
    expect(job.variables.find(({ key }) => key === 'SLIPWAY_REBUILD')?.value).toBe('tide');
    expect(commands().at(-1)?.slice(0, 3)).toEqual(['token lab', '/slipway rebuild tide', 'done']);
    expect(recorded().at(-1)).toEqual({
      what: 'pipeline.rebuild lab pull request 7 done',
      details: { package: 'tide', pipeline: '2', sha: head },
    });
  });

  test('are refused while a pipeline runs, with the reason as plain text', async () => {
    const { people, head, post, commands, recorded } = await served(team);
    const reason = `pipeline 1 of \`${head.slice(0, 12)}\` has not ended.`;
    expect(await post('7/run')).toMatchObject({
      status: 409,
      body: { code: 'REQUEST_COMMAND_REFUSED', message: 'Cannot run pull request 7.', hint: reason },
    });
    expect(commands().map((one) => one[2])).toEqual(['refused']);
    expect(recorded()).toMatchObject([{ what: 'pipeline.trigger lab pull request 7 refused' }]);
    expect(people.pipelines()).toHaveLength(1);
  });

  test('approve nothing, and are there for open pull requests alone', async () => {
    const { people, post, commands } = await served({ fork: true });
    expect(await post('7/run')).toMatchObject({ status: 409, body: { code: 'REQUEST_COMMAND_REFUSED' } });
    expect(await post('7/rebuild', { package: 'tide' })).toMatchObject({ status: 409 });
    expect(commands()).toHaveLength(2);
    expect(people.pipelines()).toEqual([]);
    expect(await post('8/run')).toMatchObject({ status: 404, body: { code: 'REQUEST_UNKNOWN' } });
  });
});
