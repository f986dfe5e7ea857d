import { execa } from 'execa';

interface Name {
  readonly version: string;
  readonly changelog: string;
}

/** Returns why a version cannot be published on npm, where the package has these versions; undefined if it can. */
export function nameFault(published: readonly string[], { version, changelog }: Name): string | undefined {
  const foreign = published.filter((one) => one !== version && !changelog.includes(`## [${one}]`));
  if (foreign.length > 0)
    return `The npm name \`slipway\` is used by another package (${foreign.join(', ')}). Choose another in package.json.`;
  if (published.includes(version)) return `Version ${version} is on npm already. Name the next version.`;
  return undefined;
}

/** Returns the versions of `slipway` in npm's registry; none if it does not know the name. */
export async function publishedVersions(): Promise<readonly string[]> {
  const { stdout, stderr, failed } = await execa('npm', ['view', 'slipway', 'versions', '--json'], { reject: false });
  if (failed && /\bE404\b/.test(stdout + stderr)) return [];
  if (failed) throw new Error(`npm cannot look up the name: ${stderr.trim().split('\n', 1)[0]}`);
  return [JSON.parse(stdout) as string | readonly string[]].flat();
}
