import { SHARED_MEMORY } from './bubblewrap.ts';
import { maskedKernelFiles } from './kernel-files.ts';
import type { Mechanism } from './mechanism.ts';
import type { Mount } from './mounts.ts';
import { perlProgram } from './perl-program.ts';
import type { Architecture } from './syscall-filter.ts';

/** A short program for perl, where bubblewrap is not installed. */
export function perl(program: string): Mechanism {
  const text = perlProgram(process.arch as Architecture);
  return {
    name: 'perl',
    imageWords: ({ root, user, variables, folder, filter }, command) => [
      program,
      '-e',
      text,
      'none',
      String(filter),
      folder,
      String(SHARED_MEMORY),
      'root',
      '',
      root,
      'user',
      String(user.uid),
      String(user.gid),
      ...[...variables].flatMap(([name, value]) => ['variable', name, value]),
      ...maskedKernelFiles().flatMap(words),
      '--',
      ...command,
    ],
    words: ({ mounts, network, folder, filter }, command) => [
      program,
      '-e',
      text,
      network,
      String(filter),
      folder,
      String(SHARED_MEMORY),
      ...[...maskedKernelFiles(), ...mounts].flatMap(words),
      '--',
      ...command,
    ],
  };
}

function words(mount: Mount): readonly string[] {
  if (mount.kind === 'link') return [mount.kind, mount.path, mount.target];
  return [mount.kind, mount.path, 'source' in mount ? mount.source : ''];
}
