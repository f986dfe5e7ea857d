import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IncludePolicy, IncludeStore, openIncludes, remoteCache, type ReadInclude } from '../../src/includes/index.ts';
import { sha256, systemClock } from '../../src/kit/index.ts';
import type { IncludeServer, Own } from './include-server.ts';

/** The forge of `include:project`; components are at the hosts in their addresses. */
const FORGE = 'https://forge.example.org';
const API = /^\/api\/v4\/projects\/([^/]+)\/repository\/(?:commits\/(.+)|files\/([^/]+)\/raw|tags)$/;

const store = new IncludeStore(mkdtempSync(join(tmpdir(), 'real-pipelines-')));

/**
 * Opens what a server would read the includes of a pipeline with: a policy, and requests for the files, which a stand-in
 * for GitLab's REST API and for web servers answers.
 */
export function openForge(includes: IncludeServer, own: Own): ReadInclude {
  const refs = new Map<string, string>();
  const answer = (url: URL): string | undefined => {
    const match = API.exec(url.pathname);
    if (match === null) return includes.fetch({ kind: 'remote', url: url.href }, own);
    const [project = '', ref, path] = match
      .slice(1)
      .map((part) => (part === undefined ? part : decodeURIComponent(part)));
    if (ref !== undefined) {
      const id = sha256(ref).slice(0, 40);
      refs.set(id, ref);
      return JSON.stringify({ id });
    }
    if (path === undefined) return JSON.stringify([{ name: '1.0.0' }]);
    const version = refs.get(url.searchParams.get('ref') ?? '') ?? 'HEAD';
    if (url.origin === FORGE) return includes.fetch({ kind: 'project', project, ref: version, path }, own);
    const [, name] = /^templates\/(.+?)(?:\/template)?\.yml$/.exec(path) ?? [];
    return includes.fetch({ kind: 'component', address: `${url.host}/${project}/${name}@${version}` }, own);
  };
  const read = openIncludes({
    policy: new IncludePolicy([rules], () => 'gitlab.example.org'),
    store,
    cache: remoteCache(),
    clock: systemClock,
    transport: async ({ url }) => {
      const text = answer(url);
      return { status: text === undefined ? 404 : 200, headers: new Headers(), body: Buffer.from(text ?? '') };
    },
  });
  return async (include) => {
    const text = include.kind === 'template' ? includes.fetch(include, own) : undefined;
    return text === undefined ? read(include) : { text };
  };
}

const rules = {
  hosts: [{ host: '*', port: 443, allowPrivate: false }],
  projects: [{ project: '*', url: FORGE, kind: 'gitlab', allowPrivate: false }],
  components: [{ component: '*', allowPrivate: false }],
} as const;
