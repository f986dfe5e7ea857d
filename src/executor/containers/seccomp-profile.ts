import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deniedSyscalls, hiddenSyscalls } from '../sandbox/denied-syscalls.ts';
import {
  FAMILIES,
  hasSyscallFilter,
  NEW_CGROUP,
  NEW_NETWORK,
  NEW_TIME,
  TIOCLINUX,
  TIOCSTI,
} from '../sandbox/syscall-filter.ts';

const [EPERM, ENOSYS, EAFNOSUPPORT] = [1, 38, 97];
const ARCHITECTURES = { x64: 'SCMP_ARCH_X86_64', arm64: 'SCMP_ARCH_AARCH64' } as const;
const INT = 0xffff_ffff;

interface Check {
  readonly index: number;
  readonly value: number;
  readonly valueTwo?: number;
  readonly op: 'SCMP_CMP_MASKED_EQ' | 'SCMP_CMP_GT';
}

/**
 * Returns the system calls that are denied to the sandbox, in the form that container runtimes read
 * (https://github.com/opencontainers/runtime-spec/blob/main/config-linux.md#seccomp).
 */
export function seccompProfile(architecture: 'x64' | 'arm64') {
  const fail = (names: readonly string[], errnoRet: number, args: readonly Check[] = []) => ({
    names,
    action: 'SCMP_ACT_ERRNO',
    errnoRet,
    ...(args.length === 0 ? {} : { args }),
  });
  const flag = (value: number): Check => ({ index: 0, value, valueTwo: value, op: 'SCMP_CMP_MASKED_EQ' });
  const equals = (index: number, value: number): Check => ({
    index,
    value: INT,
    valueTwo: value,
    op: 'SCMP_CMP_MASKED_EQ',
  });
  const last = Math.max(...FAMILIES);
  const others = [...Array(last).keys()].filter((family) => !FAMILIES.includes(family));
  return {
    defaultAction: 'SCMP_ACT_ALLOW',
    architectures: [ARCHITECTURES[architecture]],
    syscalls: [
      fail(Object.keys(deniedSyscalls), EPERM),
      fail(Object.keys(hiddenSyscalls), ENOSYS),
      ...[NEW_CGROUP, NEW_NETWORK].map((value) => fail(['clone', 'unshare'], EPERM, [flag(value)])),
      fail(['unshare'], EPERM, [flag(NEW_TIME)]),
      ...[TIOCSTI, TIOCLINUX].map((value) => fail(['ioctl'], EPERM, [equals(1, value)])),
      ...others.map((family) => fail(['socket'], EAFNOSUPPORT, [equals(0, family)])),
      fail(['socket'], EAFNOSUPPORT, [{ index: 0, value: last, op: 'SCMP_CMP_GT' }]),
    ],
  };
}

/** Returns the file with the profile of this machine in a folder; undefined where there is none. */
export function seccompProfileIn(folder: string): string | undefined {
  if (!hasSyscallFilter(process.arch)) return undefined;
  const path = join(folder, 'seccomp.json');
  if (!existsSync(path)) writeFileSync(path, JSON.stringify(seccompProfile(process.arch)), { mode: 0o600 });
  return path;
}
