import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { imageError } from '../errors.ts';

/** A way to run a program with a folder as its root and nothing else of this machine. */
export interface Entrance {
  readonly name: 'bwrap' | 'unshare' | 'podman' | 'chroot';
  /** What to run, the program's own words at the end. */
  words(inside: InsideRoot): readonly string[];
}

export interface InsideRoot {
  readonly root: string;
  readonly words: readonly string[];
  /** Absolute. */
  readonly folder: string;
  readonly user: { readonly uid: number; readonly gid: number };
  readonly variables: ReadonlyMap<string, string>;
}

/** Absolute paths of the machine's programs: in the image's own search path they cannot be found. */
type Tools = ReadonlyMap<string, string>;

const PROGRAMS = ['bwrap', 'unshare', 'podman', 'chroot', 'env'];

/** Words given as one text; none of them has a blank. */
const split = (text: string): readonly string[] => text.split(' ');

const ways: readonly ((tools: Tools) => Entrance)[] = [
  (tools) => ({
    name: 'bwrap',
    words: ({ root, words, folder, user, variables }) => [
      tool(tools, 'bwrap'),
      ...split('--unshare-all --unshare-user --die-with-parent --new-session --clearenv'),
      ...split(`--uid ${user.uid} --gid ${user.gid} --bind`),
      root,
      ...split('/ --proc /proc --dev /dev --chdir'),
      folder,
      ...[...variables].flatMap(([name, value]) => ['--setenv', name, value]),
      '--',
      ...words,
    ],
  }),
  // As root of a namespace of its own, whoever the image names as user: another number would have to be lent to us.
  (tools) => ({
    name: 'unshare',
    words: ({ root, words, folder, variables }) => [
      ...cleared(tools, variables),
      tool(tools, 'unshare'),
      ...split('--user --map-root-user --net --ipc --uts --pid --fork --kill-child'),
      `--root=${root}`,
      `--wd=${folder}`,
      '--',
      ...words,
    ],
  }),
  (tools) => ({
    name: 'podman',
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
  // For root where there are no namespaces.
  (tools) => ({
    name: 'chroot',
    words: ({ root, words, user, variables }) => [
      ...cleared(tools, variables),
      tool(tools, 'chroot'),
      `--userspec=${user.uid}:${user.gid}`,
      root,
      ...words,
    ],
  }),
];

/** The first way that works on this machine; throws IMAGE_SMOKE_IMPOSSIBLE if none does. */
export async function findEntrance(path: string | undefined): Promise<Entrance> {
  const tools = await findTools(path);
  for (const make of ways) {
    const entrance = make(tools);
    if (tools.has(entrance.name) && (await works(entrance, path))) return entrance;
  }
  throw imageError('IMAGE_SMOKE_IMPOSSIBLE', { tried: ways.map((make) => `\`${make(tools).name}\``).join(', ') });
}

async function works(entrance: Entrance, path: string | undefined): Promise<boolean> {
  const variables = new Map([['PATH', path ?? '']]);
  const inside = { root: '/', words: ['true'], folder: '/', user: { uid: 0, gid: 0 }, variables };
  const [program = '', ...words] = entrance.words(inside);
  return !(await execa(program, words, { env: { PATH: path ?? '' }, extendEnv: false, reject: false })).failed;
}

async function findTools(path: string | undefined): Promise<Tools> {
  const folders = [...(path ?? '').split(':').filter((folder) => folder !== ''), '/usr/sbin', '/sbin'];
  const tools = new Map<string, string>();
  for (const name of PROGRAMS) {
    for (const folder of folders) {
      const file = join(folder, name);
      const isThere = await access(file, constants.X_OK).then(
        () => true,
        () => false,
      );
      if (isThere && !tools.has(name)) tools.set(name, file);
    }
  }
  return tools;
}

function tool(tools: Tools, name: string): string {
  return tools.get(name) ?? name;
}

function cleared(tools: Tools, variables: ReadonlyMap<string, string>): readonly string[] {
  return [tool(tools, 'env'), '-i', ...[...variables].map(([name, value]) => `${name}=${value}`)];
}
