import type { JobNetwork } from './job-network.ts';
import { findProgram, runProgram, SYSTEM_PATH } from '../../kit/index.ts';

/** Sets the flag IFF_UP by SIOCSIFFLAGS (netdevice(7)). */
const PERL = `$r = pack("a16sx22", "lo", 1); socket(S, 2, 2, 0); ioctl(S, 0x8914, $r) or die`;
/** A new network namespace has a loopback interface that is down. The command keeps the PATH that it is started with. */
const LOOPBACK_UP = `(PATH=${SYSTEM_PATH}; ip link set lo up 2>/dev/null || perl -e '${PERL}') || exit 1`;

export const NO_NAMESPACE =
  'this machine cannot give jobs a network of their own; install `bubblewrap`, or `util-linux` and `perl`';

/** The first port that a program without rights may listen on in a new network namespace. */
const FIRST_PORT = 1024;
/** Listens on the port in its argument. */
const LISTEN = `require('node:net').createServer().listen(Number(process.argv[1]), '127.0.0.1', () => process.exit(0))`;

const found = new Map<number, Promise<readonly string[] | undefined>>();

/**
 * Returns the words that run a command in a network namespace of its own, as the same user and with the same files, in
 * which it can listen on some ports. The command cannot change the namespace unless root runs it. Undefined where this
 * machine cannot create one; that is tried out once, since there are many ways to forbid it.
 */
export function networkNamespace(ports: readonly number[] = []): Promise<readonly string[] | undefined> {
  const first = Math.min(FIRST_PORT, ...ports);
  const known = found.get(first) ?? firstThatWorks(first);
  found.set(first, known);
  return known;
}

/**
 * Returns the words for the network of a slot. Where the listeners cannot be opened in any namespace, it is one in which
 * opening them fails with the reason.
 */
export async function namespaceFor({ listeners }: JobNetwork): Promise<readonly string[] | undefined> {
  return (await networkNamespace(listeners.map(({ port }) => port))) ?? networkNamespace();
}

async function firstThatWorks(first: number): Promise<readonly string[] | undefined> {
  const user = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const trial = first < FIRST_PORT ? [process.execPath, '-e', LISTEN, String(first)] : ['true'];
  for (const [name, ...words] of namespaceWays(user, first)) {
    const program = await findProgram(name, SYSTEM_PATH);
    if (program !== undefined && (await succeeds([program, ...words, ...trial]))) return [program, ...words];
  }
  return undefined;
}

/**
 * The ways in which a user may be able to create a network namespace, the preferred one first. `first`: the first port
 * that programs without rights may listen on; bubblewrap cannot set it.
 */
export function namespaceWays(
  { uid, gid }: { readonly uid: number; readonly gid: number },
  first = FIRST_PORT,
): readonly (readonly [string, ...string[]])[] {
  const ports = first < FIRST_PORT ? `echo ${first} > /proc/sys/net/ipv4/ip_unprivileged_port_start || exit 1; ` : '';
  // The second user namespace restores the ids and has no rights over the network namespace of the first.
  const asUser = `exec "$(PATH=${SYSTEM_PATH}; command -v unshare)" --user --map-user=${uid} --map-group=${gid} -- "$@"`;
  return [
    ['bwrap', '--unshare-net', '--dev-bind', '/', '/', '--'],
    ...(uid === 0 ? [['unshare', '--net', '--', 'sh', '-c', `${LOOPBACK_UP}; exec "$@"`, 'sh'] as const] : []),
    ['unshare', '--user', '--map-root-user', '--net', '--', 'sh', '-c', `${LOOPBACK_UP}; ${ports}${asUser}`, 'sh'],
  ];
}

async function succeeds([program = '', ...words]: readonly string[]): Promise<boolean> {
  return runProgram(program, words, { env: { PATH: SYSTEM_PATH } }).then(
    () => true,
    () => false,
  );
}
