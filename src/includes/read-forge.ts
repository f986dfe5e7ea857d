import type { ForeignInclude } from '../gitlab/index.ts';
import { checkedProject, componentAddress, componentFiles } from './component-address.ts';
import { isVersionRange, newestTag } from './component-version.ts';
import { download } from './download.ts';
import { includeError } from './errors.ts';
import type { RepositoryHost } from './include-policy.ts';
import type { IncludedText, SourceParts } from './source-parts.ts';
import { githubFiles } from './repositories/github-files.ts';
import { gitlabFiles } from './repositories/gitlab-files.ts';
import type { RepositoryFiles } from './repositories/repository-files.ts';
import type { Request } from './repositories/request.ts';

/** A file of a project, which may have one of several paths. */
interface ForgeFile {
  readonly repository: Repository;
  readonly project: string;
  readonly version: string;
  readonly paths: readonly string[];
}

interface Repository {
  readonly files: RepositoryFiles;
  /** Address of the forge, with a slash at its end; empty for a repository of the server itself. */
  readonly base: string;
}

const REF = /^(?!.*\.\.)[\w.][\w./+@-]*$/;

/** Reads a file of a project, or a component, at the commit that its ref or version names at present. */
export async function readForge(
  include: Extract<ForeignInclude, { kind: 'project' | 'component' }>,
  parts: SourceParts,
): Promise<IncludedText> {
  const { repository, project, version, paths } = fileOf(include, parts);
  const { files, base } = repository;
  const commit = await commitOf(files, project, version);
  if (commit === undefined) throw includeError('INCLUDE_VERSION_MISSING', { project, version });
  for (const path of paths) {
    const text = await files.read({ project, commit, path });
    if (text !== undefined) return { text, resolved: `${base}${project}@${commit}:${path}` };
  }
  throw includeError('INCLUDE_FILE_MISSING', { project, path: paths.join('` or `'), commit });
}

function fileOf(include: Extract<ForeignInclude, { kind: 'project' | 'component' }>, parts: SourceParts): ForgeFile {
  const { policy, repositories = () => undefined } = parts;
  if (include.kind === 'component') {
    const address = componentAddress(include.address);
    const { host, project, version, name } = address;
    const paths = include.path === undefined ? componentFiles(name) : [checkedPath(include.path)];
    const own = policy.isServer(host) ? repositories(project) : undefined;
    const repository = own ? { files: own, base: '' } : repositoryAt(policy.component(address), parts);
    return { repository, project, version: checkedRef(version), paths };
  }
  const project = checkedProject(include.project);
  const paths = [checkedPath(include.path)];
  const own = repositories(project);
  const repository = own ? { files: own, base: '' } : repositoryAt(policy.project(project), parts);
  return { repository, project, version: checkedRef(include.ref ?? 'HEAD'), paths };
}

function repositoryAt(host: RepositoryHost, parts: SourceParts): Repository {
  const [base, request] = [host.url.replace(/\/+$/, ''), requestTo(host, parts)];
  const files = host.kind === 'github' ? githubFiles(base, request) : gitlabFiles(base, request);
  return { files, base: `${base}/` };
}

function checkedPath(written: string): string {
  const path = written.replace(/^\/+/, '');
  const hasDots = path.split('/').some((part) => part === '.' || part === '..' || part === '');
  if (hasDots) throw includeError('INCLUDE_NAME_INVALID', { name: written, what: 'path of a file' });
  return path;
}

function checkedRef(ref: string): string {
  if (ref !== '~latest' && !REF.test(ref)) throw includeError('INCLUDE_NAME_INVALID', { name: ref, what: 'ref' });
  return ref;
}

/** https://docs.gitlab.com/ci/components/#component-versions */
async function commitOf(files: RepositoryFiles, project: string, version: string): Promise<string | undefined> {
  const named = version === '~latest' ? undefined : await files.commit(project, version);
  if (named !== undefined || !isVersionRange(version)) return named;
  const tag = newestTag(await files.tags(project), version);
  return tag === undefined ? undefined : files.commit(project, tag);
}

/** Requests of a forge stay at its address: its token must not reach another one. */
function requestTo({ url, kind, token, allowPrivate }: RepositoryHost, { transport, signal }: SourceParts): Request {
  const name = kind === 'github' ? 'Authorization' : 'PRIVATE-TOKEN';
  const value = kind === 'github' ? `Bearer ${token?.reveal()}` : token?.reveal();
  return async (address, accept) => {
    const { origin } = new URL(address);
    const permit = (hop: URL) => {
      if (hop.origin !== origin) throw includeError('INCLUDE_REDIRECT_REFUSED', { url: hop.href, origin });
      const headers = { ...(accept && { Accept: accept }), ...(token && value && { [name]: value }) };
      return { allowPrivate, headers };
    };
    const answer = await download(address, { transport, permit, signal });
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw includeError('INCLUDE_ANSWER_INVALID', { url, status: answer.status });
    return answer.body.toString('utf8');
  };
}
