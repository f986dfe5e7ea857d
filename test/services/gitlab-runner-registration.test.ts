import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { programEntry } from '../../src/kit/package-root.ts';
import type { RunnerRequest } from '../../src/protocol/index.ts';
import { FleetRunner } from '../support/fleet-runner.ts';
import { findGitlabRunners } from '../support/gitlab-runners.ts';
import { serveStack, type ServedStack } from '../support/served-stack.ts';

const versions = findGitlabRunners();
const open: Omit<RunnerRequest, 'name'> = {
  tags: [],
  runUntagged: true,
  protectedOnly: false,
  sandbox: false,
  trusted: false,
  stacks: ['*'],
  paused: false,
};
const execute = promisify(execFile);
const REFUSED = /is not valid|is removed|FATAL|ERROR|Forbidden/;

describe.skipIf(versions.length === 0)('an unmodified gitlab-runner', () => {
  describe.each(versions)('of version $version', ({ program, version }) => {
    let stack: ServedStack;
    const started: FleetRunner[] = [];

    beforeEach(async () => {
      stack = await serveStack({ server: { runners: [] } });
    });
    afterEach(async () => {
      for (const machine of started.splice(0)) await machine.stop('SIGKILL');
      await stack.close();
    });

    /** A machine with a configuration and an id of its own. */
    const newMachine = async (name: string) => {
      const folder = join(stack.folder, name);
      await mkdir(folder);
      await writeFile(join(folder, '.runner_system_id'), `r_${name.padEnd(12, '0')}`);
      const machine = new FleetRunner({ program, folder, bin: '/bin' });
      started.push(machine);
      return machine;
    };
    const create = (name: string) => stack.server.coordinator.context.fleet.create({ ...open, name }, 'the test');
    const known = (name: string) =>
      stack.server.coordinator.context.runners.all().find(({ runner }) => runner.name === name);
    // Contacts without an id are those of jobs.
    const machinesOf = (name: string) => (known(name)?.machines ?? []).filter(({ systemId }) => systemId !== '');
    const idsOf = (name: string) => machinesOf(name).map(({ systemId }) => systemId);
    const tokens = async (machine: FleetRunner) =>
      [...(await readFile(machine.config, 'utf8')).matchAll(/^ {2}token = "(.+)"$/gm)].map(([, token = '']) => token);

    const administrator = async () => {
      const words = ['token', 'create', '--name', 'admin', '--scope', 'admin', '--all-stacks', '--days', '1'];
      const data = ['--data', join(stack.folder, 'data')];
      return (await execute(process.execPath, [programEntry(), ...words, ...data])).stdout.trim();
    };

    test('registers with a token of the server, verifies itself and signs off', async () => {
      const { url } = stack.server;
      const machine = await newMachine('one');
      const { token } = create('rack');
      expect(await machine.register(url, '--token', token)).toContain('Runner registered successfully');
      expect(await machine.command('verify')).toContain('is valid');
      expect(idsOf('rack')).toEqual(['r_one000000000']);
      expect(await machine.command('unregister', '--url', url, '--token', token)).toContain('Unregistering runner');
      expect(await tokens(machine)).toEqual([]);
      expect([known('rack')?.isRegistered, idsOf('rack')]).toEqual([true, []]);
      await expect(machine.register(url, '--token', 'glrt-unknown-0123456789')).rejects.toThrow(REFUSED);
    });

    test('registers with a registration token, as it describes itself, and removes itself', async () => {
      const { fleet } = stack.server.coordinator.context;
      const machine = await newMachine('one');
      const details = ['--tag-list', 'arm,large', '--description', 'rack', '--maximum-timeout', '900', '--paused'];
      const words = (token: string) => ['--registration-token', token, ...details, '--access-level', 'ref_protected'];
      await expect(machine.register(stack.server.url, ...words('unknown'))).rejects.toThrow(REFUSED);
      const { token } = fleet.allowRegistration({ stacks: ['*'], sandbox: false, days: 1 }, 'the test');
      await expect(machine.register(stack.server.url, ...words('unknown'))).rejects.toThrow(REFUSED);
      await machine.register(stack.server.url, ...words(token));
      expect(known('rack')?.runner).toMatchObject({
        tags: ['arm', 'large'],
        runUntagged: false,
        protectedOnly: true,
        maximumTimeout: 900,
        paused: true,
      });
      expect(await machine.command('verify')).toContain('is alive');
      await machine.command('unregister', '--name', 'rack');
      expect([await tokens(machine), known('rack')]).toEqual([[], undefined]);
    });

    test('signs off with all its runners, and forgets one that the server does not know', async () => {
      const { url, coordinator } = stack.server;
      const machine = await newMachine('one');
      for (const name of ['rack', 'shelf', 'spare'])
        await machine.register(url, '--token', create(name).token, '--name', name);
      coordinator.context.fleet.remove(String(known('spare')?.runner.id));
      await machine.command('verify', '--delete');
      expect(await tokens(machine)).toHaveLength(2);
      await machine.command('unregister', '--all-runners');
      expect(await tokens(machine)).toEqual([]);
      expect([idsOf('rack'), idsOf('shelf')]).toEqual([[], []]);
    });

    test('gets new tokens for one runner or all, and takes jobs with them', async () => {
      const machine = await newMachine('one');
      for (const name of ['rack', 'shelf'])
        await machine.register(stack.server.url, '--token', create(name).token, '--name', name);
      const first = await tokens(machine);
      await machine.command('reset-token', '--name', 'rack');
      const second = await tokens(machine);
      expect([second[0] === first[0], second[1] === first[1]]).toEqual([false, true]);
      await machine.command('reset-token', '--all-runners');
      const third = await tokens(machine);
      await machine.command('reset-token', '--name', 'shelf', '--pat', await administrator());
      const fourth = await tokens(machine);
      expect([new Set([...first, ...second, ...third, ...fourth]).size, fourth[0]]).toEqual([6, third[0]]);
      expect((await machine.command('verify')).match(/is valid/g)).toHaveLength(2);
      await machine.start();
      const sha = await stack.push('main', { '.gitlab-ci.yml': 'job: { script: [echo done] }\n' });
      expect(await stack.finalStatus(sha), machine.log).toMatchObject({ state: 'success' });
    });

    test('shares the jobs of a runner between two machines, which the server lists', async () => {
      const { token } = create('rack');
      const machines = [await newMachine('one'), await newMachine('two')];
      for (const machine of machines) {
        await machine.register(stack.server.url, '--token', token, '--limit', '1');
        await machine.start();
      }
      // Each job waits until the other one runs, so one machine cannot have both.
      const meet = (own: string, other: string) =>
        `{ script: [touch ${stack.folder}/${own}, "until [ -e ${stack.folder}/${other} ]; do sleep 0.1; done"] }`;
      const sha = await stack.push('main', { '.gitlab-ci.yml': `a: ${meet('a', 'b')}\nb: ${meet('b', 'a')}\n` });
      const logs = () => machines.map(({ log }) => log).join('\n');
      expect(await stack.finalStatus(sha), logs()).toMatchObject({ state: 'success' });
      expect(idsOf('rack').toSorted()).toEqual(['r_one000000000', 'r_two000000000']);
      for (const { info } of machinesOf('rack')) expect(info).toMatchObject({ version, executor: 'shell' });
      for (const machine of machines) await expect.poll(() => machine.log).toContain('Job succeeded');
      await machines[0]?.stop();
      await machines[0]?.command('unregister', '--all-runners');
      expect(idsOf('rack')).toEqual(['r_two000000000']);
    });
  });
});
