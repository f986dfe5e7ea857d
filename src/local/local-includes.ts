import { join } from 'node:path';
import { includeSource, plannedInclude, type FetchedInclude, type ForeignInclude } from '../gitlab/index.ts';
import {
  IncludePolicy,
  IncludeStore,
  fetchTransport,
  openIncludes,
  ownComponent,
  remoteCache,
  type IncludeParts,
  type IncludeRules,
  type ReadInclude,
  type Transport,
} from '../includes/index.ts';
import { Serial, cacheFolder, memoized, systemClock } from '../kit/index.ts';
import type { PipelineFacts, PipelineSubject } from '../pipeline/index.ts';
import { IncludeLock, includeLockFile } from './include-lock.ts';
import type { RunRequest } from './run-options.ts';
import { workingCopyFiles } from './working-copy.ts';

interface LocalIncludesOptions {
  readonly request: Pick<RunRequest, 'folder' | 'env' | 'options' | 'confirm'>;
  readonly subject: PipelineSubject;
  readonly facts: PipelineFacts;
  /** Address of `origin`. */
  readonly remote: string;
  readonly transport?: Transport;
}

/**
 * Returns what reads texts from elsewhere for a run. The user accepts each source once; the lock file keeps its digest,
 * and the cache its text, so that later runs need no network.
 */
export async function localIncludes(options: LocalIncludesOptions): Promise<ReadInclude> {
  const { request } = options;
  const lock = await IncludeLock.open(request.folder);
  const fetchText = openIncludes(partsOf(options), lock.includes);
  const questions = new Serial();
  const forge = request.options.forge ?? forgeOf(options.remote);
  const isAccepted = async (include: ForeignInclude): Promise<boolean> => {
    if (request.options.acceptIncludes === true) return true;
    return (
      (await request.confirm?.(`Include ${include.kind} ${includeSource(include)} from outside of the repository?`)) ??
      false
    );
  };
  const read = async (include: ForeignInclude): Promise<FetchedInclude> => {
    const own = await ownText(include, options);
    if (own !== undefined) return own;
    if (include.kind === 'project' && forge === undefined) return unknownForge;
    const isLocked = include.kind === 'template' || lock.has({ kind: include.kind, source: includeSource(include) });
    if (!isLocked && !(await questions.run('', () => isAccepted(include)))) return refusal;
    const fetched = await fetchText(include);
    if (!isLocked && 'text' in fetched) await questions.run('', () => lock.add(plannedInclude(include, fetched)));
    return fetched;
  };
  const once = memoized((key: string) => read(JSON.parse(key) as ForeignInclude));
  return (include) => once(JSON.stringify(include));
}

const refusal: FetchedInclude = {
  reason: `it is from outside of the repository, and not in \`${includeLockFile}\``,
  remedy: `Run \`slipway run --list\` on a terminal to accept it, or add \`--accept-includes\`.`,
};

const unknownForge: FetchedInclude = {
  reason: 'the server of the project is unknown, because the repository has no remote `origin`',
  remedy: 'Name the server, as in `--forge https://gitlab.example.org`.',
};

async function ownText(
  include: ForeignInclude,
  { request, subject, facts }: LocalIncludesOptions,
): Promise<FetchedInclude | undefined> {
  const { readFile } = workingCopyFiles(request.folder);
  return ownComponent(include, {
    serverUrl: facts.serverUrl,
    project: facts.project.path,
    sha: subject.sha,
    readFile,
  });
}

/** The user decides about each source, so that the policy permits all; projects are those of the forge of `origin`. */
function partsOf({ request, facts, remote, transport = fetchTransport }: LocalIncludesOptions): IncludeParts {
  const url = request.options.forge ?? forgeOf(remote);
  const shared = { kind: url === 'https://github.com' ? 'github' : 'gitlab', allowPrivate: true } as const;
  const own = url === undefined ? [] : [{ component: '$CI_SERVER_FQDN/*', url, ...shared }];
  const rules: IncludeRules = {
    hosts: [{ host: '*', port: 'any', allowPrivate: true }],
    projects: url === undefined ? [] : [{ project: '*', url, ...shared }],
    components: [...own, { component: '*', allowPrivate: true }],
  };
  return {
    policy: new IncludePolicy([rules], () => new URL(facts.serverUrl).host),
    transport,
    store: new IncludeStore(join(cacheFolder(request.env), 'includes')),
    cache: remoteCache(),
    clock: systemClock,
  };
}

/** Returns the address of the server that a remote is on. */
function forgeOf(remote: string): string | undefined {
  const [, web, short] =
    /^(?:(?:https?|ssh|git):\/\/(?:[^/@]*@)?([^/:]+)|(?:[^/@]+@)?([^/:]+):(?!\/\/))/.exec(remote) ?? [];
  const host = web ?? short;
  return host === undefined ? undefined : `https://${host}`;
}
