import { expect, test } from 'vitest';
import { checkedSyscalls, deniedSyscalls, hiddenSyscalls } from './denied-syscalls.ts';
import { syscallFilter, type Architecture } from './syscall-filter.ts';

const AUDIT = { x64: 0xc000_003e, arm64: 0xc000_00b7, i386: 0x4000_0003 };
const [ALLOW, EPERM, ENOSYS, EAFNOSUPPORT] = [0x7fff_0000, 0x0005_0001, 0x0005_0026, 0x0005_0061];

interface Call {
  readonly number: number;
  readonly values?: readonly [number, number?];
  readonly audit?: number;
}

/** Runs a filter as the kernel does, on `struct seccomp_data`. */
function verdict(architecture: Architecture, { number, values = [0], audit = AUDIT[architecture] }: Call): number {
  const data = Buffer.alloc(64);
  data.writeUInt32LE(number, 0);
  data.writeUInt32LE(audit, 4);
  values.forEach((value = 0, index) => data.writeBigUInt64LE(BigInt(value), 16 + 8 * index));
  const program = syscallFilter(architecture);
  let loaded = 0;
  for (let at = 0; at < program.length; at += 8) {
    const [code, value] = [program.readUInt16LE(at), program.readUInt32LE(at + 4)];
    const jump = (isTrue: boolean): number => 8 * program.readUInt8(at + (isTrue ? 2 : 3));
    if (code === 0x06) return value;
    if (code === 0x20) loaded = data.readUInt32LE(value);
    else if (code === 0x15) at += jump(loaded === value);
    else if (code === 0x35) at += jump(loaded >= value);
    else if (code === 0x45) at += jump((loaded & value) !== 0);
    else throw new Error(`opcode ${code}`);
  }
  throw new Error('the filter does not end');
}

test.each(['x64', 'arm64'] as const)('the filter for %s denies what is listed, and nothing else', (architecture) => {
  const denied = Object.values(deniedSyscalls).flatMap((one) => one[architecture] ?? []);
  const hidden = Object.values(hiddenSyscalls).flatMap((one) => one[architecture] ?? []);
  for (let number = 0; number < 500; number += 1) {
    const expected = denied.includes(number) ? EPERM : hidden.includes(number) ? ENOSYS : ALLOW;
    const values = number === checkedSyscalls.socket[architecture] ? ([1] as const) : undefined;
    expect(verdict(architecture, { number, ...(values && { values }) }), String(number)).toBe(expected);
  }
});

test.each(['x64', 'arm64'] as const)('the filter for %s reads the arguments of some calls', (architecture) => {
  const { clone, unshare, ioctl, socket } = checkedSyscalls;
  const of = (name: { readonly x64: number; readonly arm64: number }, ...values: [number, number?]) =>
    verdict(architecture, { number: name[architecture], values });
  const [user, mount, network] = [0x1000_0000, 0x20000, 0x4000_0000];
  expect([of(clone, 0x11), of(clone, user | mount), of(unshare, user | mount)]).toEqual([ALLOW, ALLOW, ALLOW]);
  expect([of(clone, user | network), of(unshare, network), of(unshare, 0x80)]).toEqual([EPERM, EPERM, EPERM]);
  // The kernel reads the lower half of an ioctl's number only.
  expect([of(ioctl, 0, 0x5401), of(ioctl, 0, 0x5412), of(ioctl, 0, 0x1_0000_5412)]).toEqual([ALLOW, EPERM, EPERM]);
  expect([1, 2, 10, 16].map((family) => of(socket, family))).toEqual([ALLOW, ALLOW, ALLOW, ALLOW]);
  expect([0, 3, 17, 38, 40].map((family) => of(socket, family))).toEqual(Array(5).fill(EAFNOSUPPORT));
});

test('calls of 32-bit programs and of x32 are denied, for their numbers mean other calls', () => {
  expect(verdict('x64', { number: 1, audit: AUDIT.i386 })).toBe(EPERM);
  expect(verdict('x64', { number: 0x4000_0001 })).toBe(EPERM);
  expect(verdict('arm64', { number: 1, audit: AUDIT.x64 })).toBe(EPERM);
});
