import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isWithin } from './is-within.ts';

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
  '/sys/devices/system/cpu',
  '/sys/devices/system/node',
];

/** What programs read below /etc. Neither passwords nor private keys are among it, nor what may hold tokens. */
const SETTINGS = new Set(
  [
    'passwd group nsswitch.conf hosts host.conf hostname resolv.conf gai.conf services protocols networks',
    'localtime timezone os-release lsb-release debian_version alternatives terminfo inputrc shells login.defs',
    'profile profile.d bash.bashrc bashrc bash_completion.d gitconfig mime.types magic xattr.conf crypto-policies',
    'spack lmod modulefiles environment-modules openmpi libibverbs.d OpenCL vulkan glvnd fonts xml sgml texmf groff',
  ].flatMap((line) => line.split(' ')),
);
const SETTINGS_BEGIN = /^(?:ld\.so\.|locale|ca-certificates|redhat-|(?:java|perl|python|ruby|php|maven|ghc)[\d.-]*)/;

const CERTIFICATES = [
  '/etc/ssl/certs',
  '/etc/ssl/cert.pem',
  '/etc/ssl/openssl.cnf',
  '/etc/pki/ca-trust',
  '/etc/pki/tls/certs',
  '/etc/pki/tls/cert.pem',
  '/etc/pki/tls/openssl.cnf',
];

/** Returns what every sandbox shows of the system, read-only. Some of it may not exist. */
export function systemPlaces(): readonly string[] {
  const settings = readdirSync('/etc').filter(isSetting);
  return [...FOLDERS, ...settings.map((name) => join('/etc', name)), ...CERTIFICATES];
}

/** Whether every sandbox shows a path, by its name alone. */
export function isSystemPath(path: string): boolean {
  const [, top, name = ''] = path.split('/');
  if (top === 'etc') return isSetting(name) || CERTIFICATES.some((one) => isWithin(path, one));
  return top === 'proc' || top === 'dev' || FOLDERS.some((folder) => isWithin(path, folder));
}

function isSetting(name: string): boolean {
  return SETTINGS.has(name) || SETTINGS_BEGIN.test(name);
}
