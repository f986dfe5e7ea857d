import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { dockerLab } from '../support/docker-lab.ts';
import { IMAGE, podmanLab, SERVICE, type ContainerLab } from '../support/podman-lab.ts';

const labs = [podmanLab('root'), podmanLab('nobody'), await dockerLab()].filter((lab) => lab !== undefined);
afterAll(async () => {
  for (const lab of labs) await lab.close();
});

/** A repository with a pipeline. */
function stack(lab: ContainerLab, pipeline: object): string {
  const folder = mkdtempSync(join(lab.folder, 'stack-'));
  mkdirSync(join(folder, 'sources'));
  writeFileSync(join(folder, 'sources/file'), 'of the project\n');
  writeFileSync(join(folder, '.gitlab-ci.yml'), JSON.stringify(pipeline));
  execFileSync('git', ['-c', 'init.defaultBranch=main', 'init', '-q', folder]);
  execFileSync('git', ['-C', folder, 'add', '--all']);
  lab.own(folder);
  return folder;
}

const containers = (lab: ContainerLab) => lab.runtime('ps', '--all', '--quiet').trim();

describe.each(labs)('slipway run in containers of $name', (lab) => {
  test('runs a job in its image, with its services, and keeps one container for all of its scripts', async () => {
    const folder = stack(lab, {
      variables: { GREETED: 'the job', WORDS: 'it\'s "so"\nand so' },
      one: {
        image: {
          name: '$PREFIX:1',
          entrypoint: ['/bin/sh', '-c', 'echo by the entry point; export SET=there; exec "$@"', 'sh'],
        },
        services: [{ name: SERVICE, alias: 'db' }],
        variables: { PREFIX: IMAGE.replace(/:1$/, '') },
        script: [
          'cat /etc/where sources/file',
          'echo "$WORDS; $SET"',
          'exec 3<>/dev/tcp/db/5432; cat <&3',
          'touch /left; echo made > made',
          'slipway --version > /dev/null || echo no slipway',
        ],
        after_script: ['ls /left', 'echo "ended with $CI_JOB_STATUS"'],
        artifacts: { paths: ['made'] },
      },
      two: { needs: ['one'], script: ['cat made'] },
    });
    const { code, stdout, stderr } = await lab.slipway(folder, ['run']);
    const output = stdout + stderr;
    expect({ code, output }).toMatchObject({ code: 0 });
    for (const text of ['by the entry point', 'in the image', 'of the project', 'it\'s "so"', 'and so; there'])
      expect(output).toContain(text);
    expect(output).toContain('the service greets the job');
    expect(output).toMatch(/\/left$/m);
    expect(output).toContain('ended with success');
    expect(containers(lab)).toBe('');
  });

  test('runs the scripts of an image as the user that the job names, who can write the project', async () => {
    const user = lab.user === 'root' ? '1234' : '0';
    const image = { name: IMAGE, docker: { user } };
    const folder = stack(lab, { one: { image, script: ['id -u', 'echo x > sources/made', 'cat sources/made'] } });
    const { code, stdout, stderr } = await lab.slipway(folder, ['run']);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stdout + stderr).toMatch(new RegExp(`^(?:one \\W*)?${user}$`, 'm'));
  });

  test('fails a job whose image cannot be pulled, and names the reason', async () => {
    const image = { name: 'localhost/slipway-no-such-image:1', pull_policy: 'never' };
    const folder = stack(lab, { one: { image, script: ['true'] } });
    const { code, stdout, stderr } = await lab.slipway(folder, ['run']);
    expect(code).not.toBe(0);
    expect(stdout + stderr).toContain('cannot be used: it is not on this machine, and the pull policy is `never`');
  });

  test('warns of a service that has ended, and shows its log', async () => {
    const service = { name: SERVICE, entrypoint: ['/bin/sh', '-c', 'echo no data folder; exit 3'], command: [] };
    const folder = stack(lab, { one: { image: IMAGE, services: [service], script: ['echo ran'] } });
    const { code, stdout, stderr } = await lab.slipway(folder, ['run']);
    expect(code).toBe(0);
    expect(stdout + stderr).toMatch(/WARNING: service \S+ probably did not start: it has ended/);
    expect(stdout + stderr).toContain('no data folder');
  });

  test('runs a job on this machine with --no-container, and says that the image is not used', async () => {
    const folder = stack(lab, { one: { image: IMAGE, script: ['[ -e /etc/where ] || echo on the machine'] } });
    const { code, stdout, stderr } = await lab.slipway(folder, ['run', '--no-container']);
    expect(code).toBe(0);
    expect(stdout + stderr).toContain(`so the image \`${IMAGE}\` is not used`);
    expect(stdout + stderr).toContain('on the machine');
  });

  test('leaves no container when it is killed', async () => {
    const script = ['echo has begun', 'sleep 600'];
    const folder = stack(lab, { one: { image: IMAGE, services: [SERVICE], script } });
    const child = lab.start(folder, ['run']);
    const output = ['', ''];
    for (const [index, stream] of [child.stdout, child.stderr].entries())
      stream?.on('data', (bytes) => (output[index] += String(bytes)));
    await expect.poll(() => output.join('\n')).toMatch(/^(?:one \W*)?has begun$/m);
    expect(containers(lab).split('\n')).toHaveLength(2);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await expect.poll(() => containers(lab)).toBe('');
  });
});
