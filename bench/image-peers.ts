import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Returns the commands of one tool that build and push an image of a folder of prefixes. A new value of `change`
 * invalidates the tool's cache.
 */
export type Publisher = (lab: { readonly prefixes: string; readonly change: number }) => readonly (readonly string[])[];

/**
 * `buildah bud` of a Dockerfile shaped like the tutorial container's: a base, a configuration file, one RUN that
 * fetches everything, then push. The base is local and has just what RUN needs; the files come from a folder that is
 * mounted.
 */
export function buildahPublisher(buildah: string, folder: string, registry: string): Publisher {
  const common = prepareBuildah(buildah, folder);
  const policy = ['--signature-policy', join(folder, 'policy.json')];
  const bud = [...common, 'bud', '--isolation', 'chroot', '--pull=never', '--layers', ...policy];
  return ({ prefixes, change }) => [
    [
      ...bud,
      '--build-arg',
      `REMOTE_BUILDCACHE_URL=${change}`,
      '-v',
      `${prefixes}:/source:ro`,
      '-t',
      'localhost/stack',
      folder,
    ],
    [
      ...common,
      'push',
      ...policy,
      '--tls-verify=false',
      'localhost/stack',
      `docker://${registry}/buildah/stack:latest`,
    ],
  ];
}

/** What no way of publishing can do without: pack, compress on all cores, hash, send. */
export function rawPublisher(folder: string, registry: string): Publisher {
  return ({ prefixes, change }) => {
    const file = join(folder, `raw-${change}.tar.gz`);
    const upload = `http://${registry}/v2/raw/stack/blobs/uploads/`;
    const script = [
      'set -e',
      // Of a changed stack only what changed: the folder that is newer than the others.
      `cd '${prefixes}'; what=$(if [ ${change} = 0 ]; then echo .; else ls -t | head -1; fi)`,
      `digest=$(tar -cf - $what | pigz -1 | tee '${file}' | sha256sum | cut -d' ' -f1)`,
      `location=$(curl -sf -X POST -D - -o /dev/null '${upload}' | tr -d '\\r' | sed -n 's/^[Ll]ocation: //p')`,
      `curl -sf -X PUT -T '${file}' "$location&digest=sha256:$digest"`,
    ].join('\n');
    return [['sh', '-c', script]];
  };
}

function prepareBuildah(buildah: string, folder: string): readonly string[] {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'policy.json'), '{"default":[{"type":"insecureAcceptAnything"}]}');
  writeFileSync(
    join(folder, 'containers.conf'),
    '[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]\n',
  );
  writeFileSync(join(folder, 'packages.yaml'), 'packages: {}\n');
  writeFileSync(join(folder, 'base.Dockerfile'), 'FROM scratch\nCOPY base /\n');
  for (const program of ['sh', 'cp', 'chmod', 'mkdir']) copyProgram(`/bin/${program}`, join(folder, 'base'));
  writeFileSync(
    join(folder, 'Dockerfile'),
    'FROM localhost/base\nARG REMOTE_BUILDCACHE_URL\nCOPY packages.yaml /etc/spack/packages.yaml\n' +
      'RUN mkdir -p /opt/stack && cp -r /source/. /opt/stack && chmod -R go+r /opt/stack /etc/spack\n',
  );
  const common = ['env', `CONTAINERS_CONF=${join(folder, 'containers.conf')}`, buildah];
  const storage = ['--root', join(folder, 'root'), '--runroot', join(folder, 'run')];
  const [file, ...words] = [...common, ...storage, 'bud', '--isolation', 'chroot'];
  const what = ['--signature-policy', join(folder, 'policy.json'), '-t', 'localhost/base'];
  execFileSync(file, [...words, ...what, '-f', join(folder, 'base.Dockerfile'), folder], { stdio: 'pipe' });
  return [...common, ...storage];
}

/** A program with the libraries that it loads. */
function copyProgram(program: string, root: string): void {
  const libraries = execFileSync('ldd', [program], { encoding: 'utf8' }).match(/\/\S+/g) ?? [];
  for (const path of [program, ...libraries]) {
    const target = join(root, path);
    mkdirSync(dirname(target), { recursive: true });
    if (!existsSync(target)) copyFileSync(path, target);
  }
}
