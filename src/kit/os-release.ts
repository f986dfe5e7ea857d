/** Returns the value of a field of `/etc/os-release`, such as `ID`, from its text. */
export function osReleaseField(osRelease: string, name: string): string | undefined {
  return new RegExp(`^${name}="?([^"\\n]*)"?$`, 'm').exec(osRelease)?.[1];
}
