import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tryMechanism } from '../../executor/index.ts';
import { entranceBy, type Entrance } from './enter-root.ts';

/** Tries every known way out of its root folder and prints those that lead to the file in its argument. */
const escape = String.raw`
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>
static const char *secret;
static void look(const char *way, int at, const char *path) {
  char relative[4096];
  snprintf(relative, sizeof relative, "%s%s", path, secret);
  if (openat(at, relative, O_RDONLY) >= 0) printf("out by %s\n", way);
}
static void climb(const char *way) {
  int root = open("/", O_RDONLY);
  mkdir("/below", 0755);
  if (chroot("/below") == 0 && fchdir(root) == 0) {
    for (int step = 0; step < 64; step++) if (chdir("..")) break;
    look(way, AT_FDCWD, ".");
    if (chroot(".")) return;
  }
  look(way, AT_FDCWD, "");
}
static void proc(const char *way) {
  char path[64];
  for (int pid = 0; pid < 200; pid++) {
    snprintf(path, sizeof path, "/proc/%d/root", pid);
    look(way, AT_FDCWD, path);
    snprintf(path, sizeof path, "/proc/%d/cwd/../../../../../../../..", pid);
    look(way, AT_FDCWD, path);
  }
}
int main(int n, char **words) {
  secret = words[1];
  look("nothing at all", AT_FDCWD, "");
  for (int fd = 0; fd < 1000; fd++) look("an inherited descriptor", fd, "."), look("an inherited descriptor", fd, "../../../../../..");
  proc("/proc");
  mkdir("/proc", 0755);
  if (mount("proc", "/proc", "proc", 0, 0) == 0) proc("/proc of its own");
  climb("a chroot in a chroot");
  umount2("/", MNT_DETACH);
  look("an unmounted root", AT_FDCWD, "");
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0) {
    climb("a chroot in a namespace of its own");
    umount2("/", MNT_DETACH);
    look("a root unmounted in a namespace of its own", AT_FDCWD, "");
  }
  char folder[4096];
  printf("%s %s\n", getenv("LD_PRELOAD"), getcwd(folder, sizeof folder) ? folder : "nowhere");
  return 3;
}
`;

const hasCompiler = spawnSync('cc', ['--version']).status === 0;
let folder: string;
let secret: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-entrances-'));
  secret = join(folder, 'signing-key');
  await writeFile(secret, 'secret');
  await writeFile(join(folder, 'escape.c'), escape);
  if (hasCompiler) execFileSync('cc', ['-w', '-o', 'escape', 'escape.c'], { cwd: folder });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A root folder with the program and the C library. */
async function makeRoot(name: string): Promise<string> {
  const root = join(folder, name, 'root');
  const listed = execFileSync('ldd', [join(folder, 'escape')], { encoding: 'utf8' });
  const libraries = [...listed.matchAll(/(?:=> )?(\/\S+) \(0x/g)].map((match) => match[1] as string);
  for (const path of ['/bin/escape', ...libraries]) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await copyFile(path === '/bin/escape' ? join(folder, 'escape') : path, join(root, path));
  }
  return root;
}

async function run(entrance: Entrance, root: string): Promise<{ output: string; status: unknown }> {
  const variables = new Map([
    ['PATH', '/bin'],
    ['LD_PRELOAD', '/none.so'],
  ]);
  const inside = { root, words: ['escape', secret], folder: '/bin', user: { uid: 0, gid: 0 }, variables };
  const [program = '', ...words] = entrance.words(inside);
  const child = spawn(program, words, { env: { PATH: process.env.PATH }, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'exit');
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  // The loader complains of a library that is not in the image, once: none of this machine's programs was to load it.
  expect(errors.match(/none\.so/g)).toHaveLength(1);
  return { output, status: (await ended)[0] };
}

describe.skipIf(!hasCompiler)('a program in an image', () => {
  test.each(['bwrap', 'perl'] as const)('finds no way out of a sandbox by %s', async (name) => {
    const mechanism = await tryMechanism(name);
    if (typeof mechanism === 'string') return void process.stderr.write(`skipped: ${name}: ${mechanism}\n`);
    const root = await makeRoot(name);
    const open = openSync('/', 'r');
    const { output, status } = await run(entranceBy(mechanism), root);
    closeSync(open);
    expect({ output, status }).toEqual({ output: '/none.so /\n', status: 3 });
    expect((await readdir(root)).filter((one) => one.startsWith('.slipway'))).toEqual([]);
  });
});
