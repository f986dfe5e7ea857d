import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { messageOf } from '../../src/kit/index.ts';
import { containersConf } from './containers-conf.ts';
import { findPart } from './part.ts';

const program = fileURLToPath(new URL('../../bin/slipway.js', import.meta.url));
const OTHER = { uid: 65_534, gid: 65_534 };
/** Programs of this machine that the image has. */
const PROGRAMS = 'bash sh cat chown env grep head id ls mkdir mount perl rm sleep touch true umount unshare wc'.split(
  ' ',
);
/** A program for a port: it greets who connects. Without modules, which the image has not. */
const GREET = `#!/bin/perl
socket(S, 2, 1, 0); setsockopt(S, 1, 2, 1);
bind(S, pack("SnC4x8", 2, 5432, 0, 0, 0, 0)) or die; listen(S, 5);
while (accept(C, S)) { print C "the service greets $ENV{GREETED}\\n"; close C }
`;

/** Image of a shell and of little else, and one of a service at port 5432. */
export const IMAGE = 'localhost/slipway-test:1';
export const SERVICE = 'localhost/slipway-test-service:1';

/** A container runtime with images of its own, and a folder for what tests run with it. */
export interface ContainerLab {
  readonly name: string;
  /** The user whom the runtime works for: root of this machine, or one without rights. */
  readonly user: 'root' | 'nobody';
  /** A folder that the user may write. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  /** Runs the built program in a folder. */
  slipway(folder: string, words: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }>;
  start(folder: string, words: readonly string[], variables?: NodeJS.ProcessEnv): ChildProcess;
  /** Runs the command line of the runtime. */
  runtime(...words: readonly string[]): string;
  /** Gives what root has made to the user. */
  own(path: string): void;
  close(): void | Promise<void>;
}

export interface PodmanLab extends ContainerLab {
  podman(...words: readonly string[]): string;
  close(): void;
}

/**
 * Podman with a storage of its own, as it runs inside of containers too: by root, or rootless by `nobody`, whom it needs
 * no more ids for than that one. Where it does not run, says so on stderr and returns undefined.
 */
export function podmanLab(user: PodmanLab['user']): PodmanLab | undefined {
  if (findPart('podman') === undefined) return undefined;
  if (process.getuid?.() !== (user === 'root' ? 0 : OTHER.uid) && process.getuid?.() !== 0) {
    process.stderr.write(`skipped: podman of ${user}; only root, or that user, can set it up\n`);
    return undefined;
  }
  // Podman takes a path of 50 characters at most.
  const folder = mkdtempSync(join(tmpdir(), 'sl-c-'));
  chmodSync(folder, 0o755);
  const lab = makeLab(user, folder);
  try {
    makeImages(lab);
    lab.podman('run', '--rm', '--network=none', IMAGE, 'sh', '-c', 'exit 0');
    return lab;
  } catch (error) {
    process.stderr.write(`skipped: podman of ${user} runs nothing here: ${messageOf(error).slice(0, 500)}\n`);
    lab.close();
    return undefined;
  }
}

function makeLab(user: PodmanLab['user'], folder: string): PodmanLab {
  const isOther = user === 'nobody' && process.getuid?.() === 0;
  const ids = isOther ? OTHER : {};
  const storage = ['[storage]', 'driver = "vfs"', `graphroot = "${folder}/root"`, `runroot = "${folder}/run"`];
  writeFileSync(join(folder, 'storage.conf'), storage.join('\n'));
  writeFileSync(join(folder, 'containers.conf'), containersConf(folder));
  for (const name of ['xdg', 'tmp', 'libpod']) mkdirSync(join(folder, name), { mode: 0o700 });
  const own = (path: string) => void (isOther && execFileSync('chown', ['-R', '65534:65534', path]));
  own(folder);
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    TMPDIR: join(folder, 'tmp'),
    XDG_RUNTIME_DIR: join(folder, 'xdg'),
    CONTAINERS_CONF: join(folder, 'containers.conf'),
    CONTAINERS_STORAGE_CONF: join(folder, 'storage.conf'),
  };
  const podman = (...words: readonly string[]) =>
    execFileSync('podman', words, { env, cwd: '/', encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], ...ids });
  const close = () => {
    try {
      podman('rm', '--all', '--force');
      podman('system', 'migrate');
    } catch {
      // Nothing was made.
    }
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  };
  const programs = programsOf(env, ids);
  return { name: `podman of ${user}`, user, folder, env, ...programs, podman, runtime: podman, own, close };
}

/** Runs the built program as a user. */
export function programsOf(
  env: NodeJS.ProcessEnv,
  ids: Partial<typeof OTHER> = {},
): Pick<ContainerLab, 'slipway' | 'start'> {
  return {
    slipway: (cwd, words) =>
      new Promise((resolve) => {
        execFile(process.execPath, [program, ...words], { cwd, env, ...ids }, (error, stdout, stderr) =>
          resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
        );
      }),
    start: (cwd, words, variables) => {
      const options = { cwd, env: { ...env, ...variables }, stdio: 'pipe', ...ids } as const;
      return spawn(process.execPath, [program, ...words], options);
    },
  };
}

export function makeImages({ folder, runtime, own }: Pick<ContainerLab, 'folder' | 'runtime' | 'own'>): void {
  const root = join(folder, 'image');
  for (const name of PROGRAMS) {
    const from = realpathSync(findPart(name) ?? `/bin/${name}`);
    const libraries = execFileSync('ldd', [from], { encoding: 'utf8' }).match(/\/\S+/g) ?? [];
    for (const file of libraries) copy(file, join(root, file));
    copy(from, join(root, 'bin', name));
  }
  for (const name of ['etc', 'tmp']) mkdirSync(join(root, name));
  writeFileSync(join(root, 'etc/where'), 'in the image\n');
  writeFileSync(join(root, 'bin/greet'), GREET, { mode: 0o755 });
  const tar = join(folder, 'image.tar');
  execFileSync('tar', ['--owner=0', '--group=0', '-C', root, '-cf', tar, '.']);
  rmSync(root, { recursive: true });
  own(tar);
  runtime('import', tar, IMAGE);
  runtime('import', '--change', 'EXPOSE 5432', '--change', 'ENTRYPOINT ["/bin/greet"]', tar, SERVICE);
  rmSync(tar);
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to, { dereference: true });
}
