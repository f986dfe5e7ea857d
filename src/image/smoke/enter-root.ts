import { dirname, join } from 'node:path';
import {
  findMechanism,
  imageCommand,
  syscallFilterIn,
  type FoundSandbox,
  type Mechanism,
  type SandboxMode,
} from '../../executor/index.ts';
import { imageError } from '../errors.ts';

/** Runs programs of an image whose files are in a folder. */
export interface Entrance {
  /** Why no sandbox isolates them; undefined where one does. */
  readonly unsandboxed?: string;
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
  /** Whether the programs of the image come from a change that is not merged. */
  readonly untrusted?: boolean;
  /** `never` permits programs of merged changes to run without a sandbox where none works; by default `always`. */
  readonly mode?: SandboxMode;
  /** By default what this machine has. */
  readonly sandbox?: FoundSandbox;
}

/** Returns the sandbox of this machine. Throws IMAGE_SMOKE_IMPOSSIBLE where none works and one is required. */
export async function findEntrance({ untrusted = false, mode, sandbox }: EntranceOptions): Promise<Entrance> {
  const found = sandbox ?? (await findMechanism());
  if (found.mechanism !== undefined) return entranceBy(found.mechanism);
  const { reason, remedy } = found;
  if (untrusted || mode !== 'never') throw imageError('IMAGE_SMOKE_IMPOSSIBLE', { reason, remedy });
  return withoutSandbox(reason);
}

/** Its files are written to `root`, and the filter of system calls beside it. */
export function entranceBy(mechanism: Mechanism): Entrance {
  return {
    words: ({ words, ...image }) => {
      const filter = syscallFilterIn(dirname(image.root));
      return ['/bin/sh', '-c', imageCommand(mechanism, { ...image, filter }, words)];
    },
  };
}

/** Runs programs from the unpacked files, as this user and with the root folder and the network of this machine. */
function withoutSandbox(reason: string): Entrance {
  return {
    unsandboxed: reason,
    words: ({ root, folder, variables, words: [program = '', ...rest] }) => {
      const path = (variables.get('PATH') ?? '').split(':').map((part) => join(root, part));
      const environment = [...variables, ['PATH', path.join(':')]].map(([name, value]) => `${name}=${value}`);
      const file = program.startsWith('/') ? join(root, program) : program;
      return ['/bin/sh', '-c', 'cd "$0" && exec env -i "$@"', join(root, folder), ...environment, file, ...rest];
    },
  };
}
