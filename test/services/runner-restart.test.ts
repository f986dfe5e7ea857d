import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, realpath, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createDemoRepository } from '../../src/demo/demo-repository.ts';
import { programEntry } from '../../src/kit/package-root.ts';
import type { PipelineDetail, StackView } from '../../src/protocol/index.ts';
import { FleetRunner } from '../support/fleet-runner.ts';
import { findGitlabRunners } from '../support/gitlab-runners.ts';
import { removeFolder } from '../support/remove-folder.ts';
import { testSigningKey } from '../support/served-stack.ts';
import { asStarted, listenings, serverPid, untilGone } from '../support/server-process.ts';

const versions = findGitlabRunners();
const TOKEN = 'glrt-restart-0123456789';

describe.skipIf(versions.length === 0)('an unmodified gitlab-runner', () => {
  describe.each(versions)('of version $version', ({ program }) => {
    let folder: string;
    let server: ChildProcess;
    let runner: FleetRunner;

    beforeEach(async () => {
      folder = await realpath(await mkdtemp(join(tmpdir(), 'slipway-runner-restart-')));
      const repository = await createDemoRepository(join(folder, 'git'), process.env.PATH);
      const job = (name: string) => `${name}:
  script: [touch ${folder}/begun-${name}, "until [ -e ${folder}/go ]; do sleep 0.1; done", head -c 20000000 /dev/urandom > out]
  artifacts: { paths: [out] }
`;
      await writeFile(join(repository.work, '.gitlab-ci.yml'), job('one') + job('two'));
      await repository.commitAndPush('main', 'Bring two jobs');
      const stacks = [{ name: 'lab', remote: repository.remote, poll: 1 }];
      const runners = [{ name: 'fleet', token: { env: 'TOKEN' } }];
      const configuration = { data: 'data', listen: '127.0.0.1:0', runners, stacks };
      await writeFile(join(folder, 'slipway.server.yaml'), JSON.stringify(configuration));
      server = spawn(process.execPath, [programEntry(), 'serve', '--log-level', 'fatal'], {
        cwd: folder,
        env: { ...asStarted, PATH: process.env.PATH, SPACK_SIGNING_KEY: await testSigningKey(), TOKEN },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      runner = new FleetRunner({ program, folder: join(folder, 'fleet'), bin: folder });
    });
    afterEach(async () => {
      await runner.stop('SIGKILL');
      const exited = once(server, 'exit');
      server.kill('SIGTERM');
      await exited;
      await removeFolder(folder);
    });

    test.each(['SIGKILL', 'SIGHUP'] as const)(
      'loses no upload that begins while a server restarts after %s',
      async (signal) => {
        const urls = listenings(server);
        const url = String((await urls.next()).value);
        const get = async <View>(path: string): Promise<View> =>
          (await (await fetch(`${url}/api/v1${path}`)).json()) as View;
        const statuses = async (): Promise<readonly string[]> => {
          const [pipeline] = (await get<StackView>('/stacks/lab')).pipelines;
          if (pipeline === undefined) return [];
          return (await get<PipelineDetail>(`/pipelines/${pipeline.id}`)).jobs.map(({ status }) => status);
        };
        await runner.register(url, '--token', TOKEN);
        await runner.start();
        for (const name of ['one', 'two']) while (!existsSync(join(folder, `begun-${name}`))) await sleep(50);
        const first = await serverPid(join(folder, 'data'));
        if (signal === 'SIGHUP') server.kill(signal);
        else process.kill(first, signal);
        await untilGone(first);
        await writeFile(join(folder, 'go'), '');
        await urls.next();
        while ((await statuses()).includes('running')) await sleep(100);
        expect(await statuses()).toEqual(['success', 'success']);
      },
    );
  });
});
