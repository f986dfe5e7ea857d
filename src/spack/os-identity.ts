/** `debian12` from the text of `/etc/os-release`, as Spack names operating systems. */
export function osIdentity(osRelease: string): string {
  const field = (name: string) => new RegExp(`^${name}="?([^"\n]*)"?$`, 'm').exec(osRelease)?.[1];
  const id = (field('ID') ?? 'linux').replace(/[^a-z0-9]/g, '');
  const version = field('VERSION_ID') ?? '';
  return id + (id === 'ubuntu' ? version : (version.split('.')[0] ?? ''));
}
