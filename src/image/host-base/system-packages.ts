import { attemptProgram, compareText } from '../../kit/index.ts';

/** A package of the machine's distribution, as its package manager records it. */
export interface SystemPackage {
  readonly name: string;
  readonly version: string;
  /** In the distribution's words: `amd64`, `x86_64`. */
  readonly architecture: string;
  readonly type: 'deb' | 'rpm';
}

interface PackageQuery {
  /** Other names of the same files are tried, too. */
  readonly names: ReadonlyMap<string, readonly string[]>;
  readonly path: string;
}

/** Returns the package that each file belongs to, by the file's path. Files that no package owns are left out. */
export async function ownersOf(query: PackageQuery): Promise<ReadonlyMap<string, SystemPackage>> {
  const owners = await debianOwners(query);
  return owners.size > 0 ? owners : rpmOwners(query);
}

async function debianOwners({ names, path }: PackageQuery): Promise<ReadonlyMap<string, SystemPackage>> {
  const found = new Map<string, string>();
  for (const line of await linesOf(path, ['dpkg-query', '-S', ...[...names.values()].flat()])) {
    const [, name, file] = /^([a-z0-9][a-z0-9+.:-]*): (\/.+)$/.exec(line) ?? [];
    if (name !== undefined && file !== undefined) found.set(file, name);
  }
  if (found.size === 0) return new Map();
  const format = '${binary:Package}\\t${Package}\\t${Version}\\t${Architecture}\\n';
  const listed = await linesOf(path, ['dpkg-query', '-W', '-f', format, ...new Set(found.values())]);
  const packages = new Map(
    listed.map((line) => {
      const [key = '', name = '', version = '', architecture = ''] = line.split('\t');
      return [key, { name, version, architecture, type: 'deb' } as const];
    }),
  );
  return owned(names, (file) => packages.get(found.get(file) ?? ''));
}

async function rpmOwners({ names, path }: PackageQuery): Promise<ReadonlyMap<string, SystemPackage>> {
  const format = '%{NAME}\\t%{EPOCHNUM}:%{VERSION}-%{RELEASE}\\t%{ARCH}\\n';
  const found = new Map<string, SystemPackage>();
  for (const file of [...names.values()].flat()) {
    const [line = ''] = await linesOf(path, ['rpm', '-qf', '--qf', format, file]);
    const [name = '', version, architecture] = line.split('\t');
    if (version === undefined || architecture === undefined) continue;
    found.set(file, { name, version: version.replace(/^0:/, ''), architecture, type: 'rpm' });
  }
  return owned(names, (file) => found.get(file));
}

function owned(
  names: PackageQuery['names'],
  find: (file: string) => SystemPackage | undefined,
): ReadonlyMap<string, SystemPackage> {
  return new Map(
    [...names].flatMap(([file, others]) => {
      const owner = others.map(find).find((one) => one !== undefined);
      return owner === undefined ? [] : [[file, owner] as const];
    }),
  );
}

/** Returns the lines that a program writes to its standard output; none if it cannot be started. */
async function linesOf(path: string, [program = '', ...words]: readonly string[]): Promise<readonly string[]> {
  const options = { env: { PATH: path, LC_ALL: 'C' }, timeout: 20_000 };
  const result = await attemptProgram(program, words, options).catch(() => undefined);
  const lines = result?.stdout.toString('utf8').split('\n') ?? [];
  return lines.filter((line) => line !== '').toSorted(compareText);
}
