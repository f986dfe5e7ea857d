import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkedSyscalls, deniedSyscalls, hiddenSyscalls } from './denied-syscalls.ts';

export type Architecture = 'x64' | 'arm64';

/** `AUDIT_ARCH_*` of linux/audit.h. */
const AUDIT: Readonly<Record<Architecture, number>> = { x64: 0xc000_003e, arm64: 0xc000_00b7 };
/** Numbers from here on are of the x32 interface, where every call has a second number. */
const X32 = 0x4000_0000;

const [ALLOW, ERRNO] = [0x7fff_0000, 0x0005_0000];
const [EPERM, ENOSYS, EAFNOSUPPORT] = [1, 38, 97];

/** Opcodes of classic BPF (linux/bpf_common.h). */
const [LOAD, EQUALS, AT_LEAST, ANY_BIT, RETURN] = [0x20, 0x15, 0x35, 0x45, 0x06];
/** Places in `struct seccomp_data`; of an argument the lower half, which is all that the kernel reads of these. */
const [NUMBER, ARCHITECTURE, FIRST, SECOND] = [0, 4, 16, 24];

export const [NEW_CGROUP, NEW_NETWORK, NEW_TIME] = [0x0200_0000, 0x4000_0000, 0x80];
/** Both put characters into the input of a terminal. */
export const [TIOCSTI, TIOCLINUX] = [0x5412, 0x541c];
/** AF_UNIX, AF_INET, AF_INET6 and AF_NETLINK. Others, as AF_VSOCK, are in no network namespace, or rarely used. */
export const FAMILIES: readonly number[] = [1, 2, 10, 16];

type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, value: number];

const load = (offset: number): Instruction => [LOAD, 0, 0, offset];
const fail = (errno: number): Instruction => [RETURN, 0, 0, ERRNO | errno];
/** Fails where the loaded value matches. */
const failIf = (code: number, value: number, errno = EPERM): readonly Instruction[] => [
  [code, 0, 1, value],
  fail(errno),
];

/**
 * Returns the filter of system calls in the form that `bwrap --seccomp` and seccomp(2) read: an array of `struct
 * sock_filter`. Calls of other architectures (32-bit programs, x32) fail too, for their numbers mean something else.
 *
 * User and mount namespaces may be made, since that is how builds see their final prefix without root; network
 * namespaces may not, which would give a job the rights to use the kernel's packet filters.
 */
export function syscallFilter(architecture: Architecture): Buffer {
  const { clone, unshare, ioctl, socket } = checkedSyscalls;
  const denied = Object.values(deniedSyscalls).flatMap((one) => one[architecture] ?? []);
  const hidden = Object.values(hiddenSyscalls).flatMap((one) => one[architecture] ?? []);
  return encode([
    load(ARCHITECTURE),
    [EQUALS, 1, 0, AUDIT[architecture]],
    fail(EPERM),
    load(NUMBER),
    ...(architecture === 'x64' ? failIf(AT_LEAST, X32) : []),
    ...denied.flatMap((number) => failIf(EQUALS, number)),
    ...hidden.flatMap((number) => failIf(EQUALS, number, ENOSYS)),
    ...where(clone[architecture], FIRST, failIf(ANY_BIT, NEW_CGROUP | NEW_NETWORK)),
    ...where(unshare[architecture], FIRST, failIf(ANY_BIT, NEW_CGROUP | NEW_NETWORK | NEW_TIME)),
    ...where(ioctl[architecture], SECOND, [...failIf(EQUALS, TIOCSTI), ...failIf(EQUALS, TIOCLINUX)]),
    ...where(socket[architecture], FIRST, unlessFamily()),
    [RETURN, 0, 0, ALLOW],
  ]);
}

/** Checks an argument of one call, and allows the call where no check fails. */
function where(number: number, argument: number, checks: readonly Instruction[]): readonly Instruction[] {
  const body: readonly Instruction[] = [load(argument), ...checks, [RETURN, 0, 0, ALLOW]];
  return [[EQUALS, 0, body.length, number], ...body];
}

function unlessFamily(): readonly Instruction[] {
  const count = FAMILIES.length;
  return [...FAMILIES.map((family, index): Instruction => [EQUALS, count - index, 0, family]), fail(EAFNOSUPPORT)];
}

function encode(program: readonly Instruction[]): Buffer {
  const bytes = Buffer.alloc(program.length * 8);
  program.forEach(([code, ifTrue, ifFalse, value], index) => {
    bytes.writeUInt16LE(code, index * 8);
    bytes.writeUInt8(ifTrue, index * 8 + 2);
    bytes.writeUInt8(ifFalse, index * 8 + 3);
    bytes.writeUInt32LE(value >>> 0, index * 8 + 4);
  });
  return bytes;
}

/** Whether there is a filter for this machine. */
export function hasSyscallFilter(architecture: string): architecture is Architecture {
  return architecture in AUDIT;
}

/** Returns the file with the filter of this machine in a folder, and writes it first where it is not there yet. */
export function syscallFilterIn(folder: string): string {
  const path = join(folder, 'syscalls.bpf');
  if (!existsSync(path)) writeFileSync(path, syscallFilter(process.arch as Architecture), { mode: 0o600 });
  return path;
}
