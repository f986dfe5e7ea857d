import { dirname } from 'node:path';
import { findProgram, SYSTEM_PATH } from '../../kit/index.ts';
import {
  findMechanism,
  imageCommand,
  syscallFilterIn,
  type FoundSandbox,
  type Mechanism,
} from '../../executor/index.ts';
import { imageError } from '../errors.ts';

/** Runs programs with a folder as their root. */
export interface Entrance {
  readonly name: Mechanism['name'] | 'chroot';
  /** Returns the command to run, the program's own words at the end. */
  words(inside: InsideRoot): readonly string[];
}

interface InsideRoot {
  readonly root: string;
  readonly words: readonly string[];
  /** Absolute. */
  readonly folder: string;
  readonly user: { readonly uid: number; readonly gid: number };
  readonly variables: ReadonlyMap<string, string>;
}

export interface EntranceOptions {
  /** Whether the programs of the image come from a change that is not merged: they run in a sandbox or not at all. */
  readonly untrusted?: boolean;
  /** By default what this machine has. */
  readonly sandbox?: FoundSandbox;
}

/** Returns the sandbox of this machine. Without one, root can run programs of merged changes by chroot. */
export async function findEntrance({ untrusted = false, sandbox }: EntranceOptions): Promise<Entrance> {
  const found = sandbox ?? (await findMechanism());
  if (found.mechanism !== undefined) return entranceBy(found.mechanism);
  const [chroot, env] = await Promise.all(['chroot', 'env'].map((name) => findProgram(name, SYSTEM_PATH)));
  const { reason, remedy } = found;
  if (untrusted) throw imageError('IMAGE_SMOKE_UNSANDBOXED', { reason, remedy });
  if (process.getuid?.() !== 0 || chroot === undefined || env === undefined)
    throw imageError('IMAGE_SMOKE_IMPOSSIBLE', { reason, remedy });
  return withoutSandbox(chroot, env);
}

/** Its files are written to `root`, and the filter of system calls beside it. */
export function entranceBy(mechanism: Mechanism): Entrance {
  return {
    name: mechanism.name,
    words: ({ words, ...image }) => {
      const filter = syscallFilterIn(dirname(image.root));
      return ['/bin/sh', '-c', imageCommand(mechanism, { ...image, filter }, words)];
    },
  };
}

/** A program that means harm gets out of it. */
function withoutSandbox(chroot: string, env: string): Entrance {
  return {
    name: 'chroot',
    words: ({ root, words, user, variables }) => [
      env,
      '-i',
      ...[...variables].map(([name, value]) => `${name}=${value}`),
      chroot,
      `--userspec=${user.uid}:${user.gid}`,
      root,
      ...words,
    ],
  };
}
