import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { attemptProgram, exists } from '../../kit/index.ts';
import type { SourceFile } from '../folder-files.ts';

/** Folders of one build, and the environment of its processes. It has nothing of the server's own. */
export interface BuildFolders {
  readonly context: string;
  readonly environment: Readonly<Record<string, string>>;
}

interface BuildFoldersOptions {
  /** Removed by the caller. */
  readonly folder: string;
  /** Where images and layers of builders are kept from one build to the next. */
  readonly storage: string;
  readonly files: readonly SourceFile[];
  readonly path: string | undefined;
}

const MACHINE_POLICY = '/etc/containers/policy.json';

export async function makeBuildFolders(options: BuildFoldersOptions): Promise<BuildFolders> {
  const { folder, storage, files, path = '' } = options;
  const [context, home] = [join(folder, 'context'), join(folder, 'builder-home')];
  for (const file of files) await put(join(context, file.path), file.bytes, file.executable ? 0o755 : 0o644);
  await mkdir(join(folder, 'builder-tmp'), { recursive: true });
  // Without any policy the builders refuse to read an image at all.
  const policy = '{"default":[{"type":"insecureAcceptAnything"}]}\n';
  if (!(await exists(MACHINE_POLICY))) await put(join(home, '.config/containers/policy.json'), policy);
  await put(join(folder, 'containers.conf'), await engineConfiguration());
  await put(join(folder, 'storage.conf'), storageConfiguration(storage, folder));
  return {
    context,
    environment: {
      PATH: path,
      HOME: home,
      TMPDIR: join(folder, 'builder-tmp'),
      CONTAINERS_CONF: join(folder, 'containers.conf'),
      CONTAINERS_STORAGE_CONF: join(folder, 'storage.conf'),
      // Needs no namespaces that a server in a container of its own may not have.
      BUILDAH_ISOLATION: 'chroot',
    },
  };
}

/** Builders require high limits by default, and fail if this process is not allowed as much. */
async function engineConfiguration(): Promise<string> {
  const words = ['-c', 'ulimit -Hn; ulimit -Hu 2>/dev/null || echo unlimited'];
  const { text } = await attemptProgram('/bin/sh', words, { env: {} });
  const lines = text.split('\n');
  const limits = ['nofile', 'nproc'].flatMap((name, index) => {
    const limit = lines[index] ?? '';
    return /^\d+$/.test(limit) ? [`"${name}=${limit}:${limit}"`] : [];
  });
  return `[containers]\ndefault_ulimits = [${limits.join(', ')}]\n`;
}

function storageConfiguration(storage: string, folder: string): string {
  const text = (value: string) => JSON.stringify(value);
  return [
    '[storage]',
    'driver = "vfs"',
    `graphroot = ${text(join(storage, 'graph'))}`,
    `runroot = ${text(join(folder, 'run'))}`,
    '',
  ].join('\n');
}

async function put(file: string, bytes: Uint8Array | string, mode = 0o644): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, bytes, { mode });
}
