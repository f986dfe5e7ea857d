import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { attemptProgram, findProgram, quotedList } from '../../kit/index.ts';
import { imageError } from '../errors.ts';
import { pivotScript } from './pivot-script.ts';

/** A way to run a program with a folder as its root. */
export interface Entrance {
  readonly name: 'bwrap' | 'unshare' | 'podman' | 'chroot';
  /** Whether unreviewed code may be run: such code must not reach the server's files by any means. */
  readonly isSandbox: boolean;
  /** The command to run, the program's own words at the end. */
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

/** Absolute paths of the machine's programs: in the image's own search path they cannot be found. */
type Tools = ReadonlyMap<string, string>;

const PROGRAMS = ['bwrap', 'unshare', 'podman', 'chroot', 'env', 'sh'];
const SYSTEM_FOLDERS = '/usr/sbin:/sbin';

/** Splits words at blanks; none of them contains one. */
const split = (text: string): readonly string[] => text.split(' ');

const ways: readonly ((tools: Tools, path: string) => Entrance)[] = [
  (tools) => ({
    name: 'bwrap',
    isSandbox: true,
    words: ({ root, words, folder, user, variables }) => [
      tool(tools, 'bwrap'),
      // Run by root, bubblewrap would leave the program all capabilities.
      ...split('--unshare-all --unshare-user --cap-drop ALL --die-with-parent --new-session --clearenv'),
      ...split(`--uid ${user.uid} --gid ${user.gid} --bind`),
      root,
      ...split('/ --proc /proc --dev /dev --chdir'),
      folder,
      ...[...variables].flatMap(([name, value]) => ['--setenv', name, value]),
      '--',
      ...words,
    ],
  }),
  // As root of its own namespace, whichever user the image names: other user ids would have to be mapped for us.
  (tools, path) => ({
    name: 'unshare',
    isSandbox: false,
    words: ({ root, words, folder, variables }) => [
      ...cleared(tools, new Map([['PATH', `${path}:${SYSTEM_FOLDERS}`]])),
      tool(tools, 'unshare'),
      ...split('--user --map-root-user --mount --net --ipc --uts --pid --fork --kill-child'),
      tool(tools, 'sh'),
      '-c',
      pivotScript,
      'sh',
      root,
      folder,
      ...[...variables].filter(([name]) => /^[A-Za-z_]\w*$/.test(name)).map(([name, value]) => `${name}=${value}`),
      '--',
      ...words,
    ],
  }),
  (tools) => ({
    name: 'podman',
    isSandbox: true,
    words: ({ root, words, folder, user, variables }) => [
      tool(tools, 'podman'),
      ...split(`run --rm --network=none --user=${user.uid}:${user.gid}`),
      ...[...variables].map(([name, value]) => `--env=${name}=${value}`),
      `--workdir=${folder}`,
      '--rootfs',
      root,
      ...words,
    ],
  }),
  // For root where there are no namespaces. A program that means harm gets out of it.
  (tools) => ({
    name: 'chroot',
    isSandbox: false,
    words: ({ root, words, user, variables }) => [
      ...cleared(tools, variables),
      tool(tools, 'chroot'),
      `--userspec=${user.uid}:${user.gid}`,
      root,
      ...words,
    ],
  }),
];

export interface EntranceOptions {
  /** Search path for the programs of this machine. */
  readonly path: string | undefined;
  /** Whether the programs of the image come from a change that is not merged. */
  readonly untrusted?: boolean;
}

/**
 * Returns the first way that works on this machine; throws if there is none, or none that is safe for untrusted
 * programs.
 */
export async function findEntrance({ path = '', untrusted = false }: EntranceOptions): Promise<Entrance> {
  const tools = await findTools(path);
  const allowed = ways.map((make) => make(tools, path)).filter(({ isSandbox }) => isSandbox || !untrusted);
  for (const entrance of allowed) if (tools.has(entrance.name) && (await works(entrance, path))) return entrance;
  const tried = quotedList(allowed.map(({ name }) => name));
  throw imageError(untrusted ? 'IMAGE_SMOKE_UNSANDBOXED' : 'IMAGE_SMOKE_IMPOSSIBLE', { tried });
}

async function works(entrance: Entrance, path: string): Promise<boolean> {
  // The root of the namespaces is written to, so theirs is an empty folder, in which nothing can be run.
  const scratch = await mkdtemp(join(tmpdir(), 'slipway-entrance-'));
  const variables = new Map([['PATH', path]]);
  const [root, words] = entrance.name === 'unshare' ? [scratch, []] : ['/', ['true']];
  const inside = { root, words, folder: '/', user: { uid: 0, gid: 0 }, variables };
  const [program = '', ...rest] = entrance.words(inside);
  const tried = await attemptProgram(program, rest, { env: { PATH: path } }).catch(() => undefined);
  await rm(scratch, { recursive: true, force: true });
  return tried?.isSuccess === true;
}

async function findTools(path: string): Promise<Tools> {
  const tools = new Map<string, string>();
  for (const name of PROGRAMS) {
    const file = await findProgram(name, `${path}:${SYSTEM_FOLDERS}`);
    if (file !== undefined) tools.set(name, file);
  }
  return tools;
}

function tool(tools: Tools, name: string): string {
  return tools.get(name) ?? name;
}

function cleared(tools: Tools, variables: ReadonlyMap<string, string>): readonly string[] {
  return [tool(tools, 'env'), '-i', ...[...variables].map(([name, value]) => `${name}=${value}`)];
}
