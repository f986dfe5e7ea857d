import { spawnSync } from 'node:child_process';

/** Numbers of system calls. */
const NUMBERS = {
  x64: { audit: 0xc000_003e, prctl: 157, clone: 56, clone3: 435, unshare: 272, setns: 308, mount: 165, pivot: 155 },
  arm64: { audit: 0xc000_00b7, prctl: 167, clone: 220, clone3: 435, unshare: 97, setns: 268, mount: 40, pivot: 41 },
} as const;

/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET. */
const NAMESPACES = 0x7e02_0000;

type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, value: number];

/** Ways in which machines forbid user namespaces, as words that come before those of a command. */
export const forbiddingWays: Readonly<Record<'limit' | 'docker' | 'apparmor', readonly string[]>> = {
  // `user.max_user_namespaces` is 0 (ENOSPC), in a namespace whose user keeps their own id.
  limit: [
    ...'unshare --user --map-current-user --keep-caps sh -c'.split(' '),
    'echo 0 > /proc/sys/user/max_user_namespaces && exec setpriv --inh-caps=-all --ambient-caps=-all "$@"',
    'sh',
  ],
  // Docker's seccomp profile: no system call that makes or enters namespaces, and no right to mount (EPERM).
  docker: filtered((numbers) => [
    ...failing(numbers.clone3, 38),
    ...[numbers.unshare, numbers.setns, numbers.mount, numbers.pivot].flatMap((number) => failing(number, 1)),
    [0x15, 0, 4, numbers.clone],
    [0x20, 0, 0, 16],
    [0x45, 0, 1, NAMESPACES],
    [0x06, 0, 0, 0x0005_0001],
    [0x06, 0, 0, 0x7fff_0000],
  ]),
  // AppArmor of Ubuntu 24.04: namespaces are made, and give no rights (EACCES).
  apparmor: filtered((numbers) => [numbers.mount, numbers.pivot].flatMap((number) => failing(number, 13))),
};

/** Returns why a way cannot be taken on this machine. */
export function faultOf(way: keyof typeof forbiddingWays, before: readonly string[] = []): string | undefined {
  const words: readonly string[] = [...before, ...forbiddingWays[way], 'true'];
  const { status, stderr, error } = spawnSync(words[0] ?? '', words.slice(1), { encoding: 'utf8' });
  return status === 0 ? undefined : (error?.message ?? stderr.trim());
}

function failing(number: number, errno: number): readonly Instruction[] {
  return [
    [0x15, 0, 1, number],
    [0x06, 0, 0, 0x0005_0000 | errno],
  ];
}

/** A program of perl that loads a filter of system calls and becomes the command. */
function filtered(rules: (numbers: (typeof NUMBERS)['x64' | 'arm64']) => readonly Instruction[]): readonly string[] {
  const numbers = NUMBERS[process.arch === 'arm64' ? 'arm64' : 'x64'];
  const program: readonly Instruction[] = [[0x20, 0, 0, 0], ...rules(numbers), [0x06, 0, 0, 0x7fff_0000]];
  const packed = program.map((one) => `pack("SCCL", ${one.join(', ')})`).join(' . ');
  const load = [
    `my $rules = ${packed}`,
    `syscall(${numbers.prctl}, 38, 1, 0, 0, 0)`,
    `my $filter = pack("S x![P] P", ${program.length}, $rules)`,
    `syscall(${numbers.prctl}, 22, 2, $filter) == 0 or die "seccomp: $!"`,
    'exec @ARGV or die "exec: $!"',
  ];
  return ['perl', '-e', load.join('; '), '--'];
}
