import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { osIdentity, type HostFacts } from '../../spack/index.ts';

/** This machine, as far as conditions may ask for it without knowing its microarchitecture. */
export async function machineHost(): Promise<HostFacts> {
  const osRelease = await readFile('/etc/os-release', 'utf8').catch(() => undefined);
  const os = osRelease === undefined ? {} : { os: osIdentity(osRelease) };
  return { platform: process.platform, hostname: hostname(), ...os };
}
