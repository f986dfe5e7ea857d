import { attemptProgram, compareText, SYSTEM_PATH } from '../../kit/index.ts';

/** A package of the machine's distribution, as its package manager records it. */
export interface SystemPackage {
  readonly name: string;
  readonly version: string;
  /** In the distribution's words: `amd64`, `x86_64`. */
  readonly architecture: string;
  readonly type: 'deb' | 'rpm';
}

/** The names that a package may list a file by, by the file's path. */
type FileNames = ReadonlyMap<string, readonly string[]>;
type Owners = ReadonlyMap<string, SystemPackage>;

/** Returns the package that each file belongs to, by the file's path. Files that no package owns are left out. */
export async function ownersOf(names: FileNames): Promise<Owners> {
  const owners = await debianOwners(names);
  return owners.size > 0 ? owners : rpmOwners(names);
}

async function debianOwners(names: FileNames): Promise<Owners> {
  const found = new Map<string, string>();
  for (const line of await linesOf(['dpkg-query', '-S', ...[...names.values()].flat()])) {
    const [, name, file] = /^([a-z0-9][a-z0-9+.:-]*): (\/.+)$/.exec(line) ?? [];
    if (name !== undefined && file !== undefined) found.set(file, name);
  }
  if (found.size === 0) return new Map();
  const format = '${binary:Package}\\t${Package}\\t${Version}\\t${Architecture}\\n';
  const listed = await linesOf(['dpkg-query', '-W', '-f', format, ...new Set(found.values())]);
  const packages = new Map(
    listed.map((line) => {
      const [key = '', name = '', version = '', architecture = ''] = line.split('\t');
      return [key, { name, version, architecture, type: 'deb' } as const];
    }),
  );
  return owned(names, (file) => packages.get(found.get(file) ?? ''));
}

async function rpmOwners(names: FileNames): Promise<Owners> {
  const format = '%{NAME}\\t%{EPOCHNUM}:%{VERSION}-%{RELEASE}\\t%{ARCH}\\n';
  const found = new Map<string, SystemPackage>();
  for (const file of [...names.values()].flat()) {
    const [line = ''] = await linesOf(['rpm', '-qf', '--qf', format, file]);
    const [name = '', version, architecture] = line.split('\t');
    if (version === undefined || architecture === undefined) continue;
    found.set(file, { name, version: version.replace(/^0:/, ''), architecture, type: 'rpm' });
  }
  return owned(names, (file) => found.get(file));
}

function owned(names: FileNames, find: (file: string) => SystemPackage | undefined): Owners {
  return new Map(
    [...names].flatMap(([file, others]) => {
      const owner = others.map(find).find((one) => one !== undefined);
      return owner === undefined ? [] : [[file, owner] as const];
    }),
  );
}

/** Returns the lines that a program writes to its standard output; none if it cannot be started. */
async function linesOf([program = '', ...words]: readonly string[]): Promise<readonly string[]> {
  const options = { env: { PATH: SYSTEM_PATH, LC_ALL: 'C' }, timeout: 60_000 };
  const result = await attemptProgram(program, words, options).catch(() => undefined);
  const lines = result?.stdout.toString('utf8').split('\n') ?? [];
  return lines.filter((line) => line !== '').toSorted(compareText);
}
