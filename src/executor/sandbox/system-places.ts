import {
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { isWithin } from '../../kit/index.ts';

/** What every sandbox shows of the system, read-only. */
interface SystemPlaces {
  readonly readable: readonly string[];
  readonly renamed: Readonly<Record<string, string>>;
}

/** Programs and libraries of the system, and of package managers whose whole store is public. */
const FOLDERS = [
  '/usr',
  '/bin',
  '/sbin',
  '/lib',
  '/lib32',
  '/lib64',
  '/libx32',
  '/nix/store',
  '/gnu/store',
  '/run/current-system/sw',
  // Certificates, where /etc/ssl leads there.
  '/var/lib/ca-certificates',
  // How many processors there are.
  '/sys/devices/system',
];

/** What programs read below /etc. Neither passwords nor private keys are among it, nor what may hold tokens. */
const SETTINGS = new Set(
  [
    'passwd group nsswitch.conf hosts host.conf hostname resolv.conf gai.conf services protocols networks',
    'localtime timezone os-release lsb-release debian_version alternatives terminfo inputrc shells login.defs',
    'profile profile.d bash.bashrc bashrc gitconfig mime.types magic xattr.conf crypto-policies',
    'spack lmod modulefiles environment-modules openmpi libibverbs.d OpenCL vulkan fonts xml sgml texmf',
  ].flatMap((line) => line.split(' ')),
);
const SETTINGS_BEGIN = /^(?:ld\.so\.|locale|ca-certificates|redhat-|(?:java|perl|python|ruby|php|maven|ghc)[\d.-]*)/;

const CERTIFICATES = [
  'ssl/certs',
  'ssl/cert.pem',
  'ssl/openssl.cnf',
  'pki/ca-trust',
  'pki/tls/certs',
  'pki/tls/cert.pem',
  'pki/tls/openssl.cnf',
];

/** Whether every sandbox shows a path, by its name alone. */
export function isSystemPath(path: string): boolean {
  const [, top, name = ''] = path.split('/');
  if (top === 'etc') return isSetting(name) || CERTIFICATES.some((one) => isWithin(path, `/etc/${one}`));
  return top === 'proc' || top === 'dev' || FOLDERS.some((folder) => isWithin(path, folder));
}

function isSetting(name: string): boolean {
  return SETTINGS.has(name) || SETTINGS_BEGIN.test(name);
}

/** What has been copied into a folder: names, and what their files were then. */
const copied = new Map<string, Map<string, string>>();

/**
 * Returns what every sandbox shows of the system. Files below /etc are copied into `folder`, and again when they change:
 * to mount each of them takes longer than most jobs.
 */
export function systemPlaces(folder: string): SystemPlaces {
  const copy = join(folder, 'etc');
  const known = copied.get(copy) ?? new Map<string, string>();
  copied.set(copy, known);
  const renamed: Record<string, string> = { '/etc': copy };
  mkdirSync(copy, { recursive: true });
  for (const name of [...readdirSync('/etc').filter(isSetting), ...CERTIFICATES]) {
    const [path, target] = [join('/etc', name), join(copy, name)];
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.isDirectory() === true) renamed[path] = realpathSync(path);
    const state = found === undefined ? '' : `${found.ino} ${found.size} ${found.mtimeMs}`;
    if (state === (known.get(name) ?? '')) continue;
    rmSync(target, { recursive: true, force: true });
    mkdirSync(dirname(target), { recursive: true });
    if (found?.isDirectory() === true) mkdirSync(target);
    else if (found !== undefined) copySetting(path, target);
    known.set(name, state);
  }
  return { readable: FOLDERS, renamed };
}

/** A link into the system stays one: programs read the time zone from where `/etc/localtime` leads. */
function copySetting(path: string, target: string): void {
  const real = realpathSync(path);
  if (lstatSync(path).isSymbolicLink() && isWithin(real, '/usr')) return symlinkSync(real, target);
  writeFileSync(`${target}.new`, readFileSync(path), { mode: 0o644 });
  renameSync(`${target}.new`, target);
}
