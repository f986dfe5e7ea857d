import type { FetchedInclude, ForeignInclude } from '../gitlab/index.ts';
import { componentFiles } from './component-address.ts';

/** The repository of a pipeline. */
interface OwnRepository {
  /** URL of the server, and path of the project, as `CI_SERVER_URL` and `CI_PROJECT_PATH` name them. */
  readonly serverUrl: string;
  readonly project: string;
  readonly sha: string;
  /** Reads a file at this commit. */
  readFile(path: string): Promise<string | undefined>;
}

/** Returns a component of the pipeline's own repository at its own commit, which needs no permission. */
export async function ownComponent(
  include: ForeignInclude,
  { serverUrl, project, sha, readFile }: OwnRepository,
): Promise<FetchedInclude | undefined> {
  if (include.kind !== 'component') return undefined;
  const [own, version] = [`${new URL(serverUrl).host}/${project}/`, `@${sha}`];
  if (!include.address.startsWith(own) || !include.address.endsWith(version)) return undefined;
  const name = include.address.slice(own.length, -version.length);
  if (!/^[\w-][\w.-]*$/.test(name)) return undefined;
  for (const path of include.path === undefined ? componentFiles(name) : [include.path]) {
    const text = await readFile(path);
    if (text !== undefined) return { text, resolved: `${sha}:${path}` };
  }
  return undefined;
}
