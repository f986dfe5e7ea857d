import { expect, test } from 'vitest';
import { containerWords } from './container-words.ts';
import { seccompProfile } from './seccomp-profile.ts';
import { serviceAliases } from './service-aliases.ts';
import { listeningPorts } from './start-services.ts';

const runtime = {
  program: 'podman',
  version: '5',
  isRootless: true,
  limits: ['memory', 'processes', 'cores'],
} as const;
const plan = {
  name: 'n',
  image: 'debian:12',
  labels: ['slipway.job=1'],
  seccomp: '/s.json',
  limits: { memory: 1000, processes: 20, openFiles: 30, disk: 40, cores: 1.5 },
  project: '/r/project',
  writable: ['/r/project'],
  readable: ['/', '/nowhere'],
  renamed: { '/slipway/node': '/usr/bin/node' },
  hosts: ['db'],
};

test('a container has no rights that lead out of it, and shows only what it is given', () => {
  const words = containerWords(runtime, { ...plan, network: 'none' }, ['sh']);
  expect(words).toEqual(
    expect.arrayContaining(['--cap-drop=ALL', '--security-opt=seccomp=/s.json', '--network=none', '--memory=1000']),
  );
  expect(words).toEqual(expect.arrayContaining(['--pids-limit=20', '--cpus=1.5']));
  expect(words.join(' ')).not.toMatch(/privileged|SYS_ADMIN|SYS_PTRACE|NET_ADMIN|NET_RAW|\.sock/);
  expect(words.filter((_, index) => words[index - 1] === '--volume')).toEqual([
    '/r/project:/r/project',
    '/:/:ro',
    '/usr/bin/node:/slipway/node:ro',
  ]);
});

test('an entry point of a job replaces that of the image, of which runtimes take the first word only', () => {
  const words = containerWords(runtime, { ...plan, entrypoint: ['/bin/env', '-i'] }, ['sh', '-c', 'true']);
  expect(words.slice(-7)).toEqual(['--entrypoint', '/bin/env', 'debian:12', '-i', 'sh', '-c', 'true']);
});

test('limits that the runtime cannot enforce are not asked for', () => {
  const words = containerWords({ ...runtime, limits: [] }, plan, ['sh']);
  expect(words.join(' ')).not.toMatch(/--memory|--pids-limit|--cpus/);
});

test('the profile of system calls denies what the sandbox denies', () => {
  const { syscalls, defaultAction } = seccompProfile('x64');
  const names = syscalls.flatMap((rule) => rule.names);
  expect(defaultAction).toBe('SCMP_ACT_ALLOW');
  expect(names).toEqual(expect.arrayContaining(['keyctl', 'io_uring_setup', 'clone3', 'unshare', 'socket']));
  expect(names).not.toContain('ptrace');
});

test.each([
  ['postgres:17', undefined, ['postgres']],
  ['docker.io/library/postgres:17', 'db', ['db', 'docker.io__library__postgres', 'docker.io-library-postgres']],
  ['registry:5000/a/b@sha256:00', 'x, y', ['x', 'y', 'registry__a__b', 'registry-a-b']],
  ['redis', '--add-host=a:b', ['redis']],
])('the service %s with the alias %s is at %j', (name, alias, names) => {
  expect(serviceAliases({ name, alias })).toEqual(names);
});

test('the ports that programs listen on are read from the tables of the kernel', () => {
  const tables = [
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
    '   0: 00000000:1538 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0',
    '   1: 0100007F:A0F2 0100007F:1538 01 00000000:00000000 00:00000000 00000000     0        0 2 1 0 20 4 30 10 -1',
    '   0: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:0 0 0',
  ];
  expect([...listeningPorts(tables.join('\n'))]).toEqual([5432, 80]);
});
