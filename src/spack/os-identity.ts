import { osReleaseField } from '../kit/index.ts';

/** `debian12` from the text of `/etc/os-release`, as Spack names operating systems. */
export function osIdentity(osRelease: string): string {
  const id = (osReleaseField(osRelease, 'ID') ?? 'linux').replace(/[^a-z0-9]/g, '');
  const version = osReleaseField(osRelease, 'VERSION_ID') ?? '';
  return id + (id === 'ubuntu' ? version : (version.split('.')[0] ?? ''));
}
