import { findProgram, runProgram, SYSTEM_PATH } from '../../kit/index.ts';

/** Sets the flag IFF_UP by SIOCSIFFLAGS (netdevice(7)). */
const PERL = `$r = pack("a16sx22", "lo", 1); socket(S, 2, 2, 0); ioctl(S, 0x8914, $r) or die`;
/** A new network namespace has a loopback interface that is down. */
const LOOPBACK_UP = `PATH=${SYSTEM_PATH}; ip link set lo up 2>/dev/null || perl -e '${PERL}' || exit 1`;

export const NO_NAMESPACE =
  'this machine cannot give jobs a network of their own; install `bubblewrap`, or `util-linux` and `perl`';

let found: Promise<readonly string[] | undefined> | undefined;

/**
 * Returns the words that run a command in a network namespace of its own, as the same user and with the same files. The
 * command cannot change the namespace unless root runs it. Undefined where this machine cannot create one; that is
 * tried out once, since there are many ways to forbid it.
 */
export function networkNamespace(): Promise<readonly string[] | undefined> {
  found ??= firstThatWorks();
  return found;
}

async function firstThatWorks(): Promise<readonly string[] | undefined> {
  const user = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  for (const [name, ...words] of namespaceWays(user)) {
    const program = await findProgram(name, SYSTEM_PATH);
    if (program !== undefined && (await succeeds([program, ...words, 'true']))) return [program, ...words];
  }
  return undefined;
}

/** The ways in which a user may be able to create a network namespace, the preferred one first. */
export function namespaceWays({
  uid,
  gid,
}: {
  readonly uid: number;
  readonly gid: number;
}): readonly (readonly [string, ...string[]])[] {
  // The second user namespace restores the ids and has no rights over the network namespace of the first.
  const asUser = `exec unshare --user --map-user=${uid} --map-group=${gid} -- "$@"`;
  return [
    ['bwrap', '--unshare-net', '--dev-bind', '/', '/', '--'],
    ...(uid === 0 ? [['unshare', '--net', '--', 'sh', '-c', `${LOOPBACK_UP}; exec "$@"`, 'sh'] as const] : []),
    ['unshare', '--user', '--map-root-user', '--net', '--', 'sh', '-c', `${LOOPBACK_UP}; ${asUser}`, 'sh'],
  ];
}

async function succeeds([program = '', ...words]: readonly string[]): Promise<boolean> {
  return runProgram(program, words, { env: { PATH: SYSTEM_PATH } }).then(
    () => true,
    () => false,
  );
}
