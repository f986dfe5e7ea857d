import { compileGlob, plainHost, type Secret } from '../kit/index.ts';
import type { ComponentAddress } from './component-address.ts';
import type { Permission } from './download.ts';
import { includeError } from './errors.ts';
import {
  SERVER,
  type IncludeComponent,
  type IncludeConfiguration,
  type IncludeProject,
} from './include-configuration.ts';

type WithToken<Entry> = Omit<Entry, 'token'> & { readonly token?: Secret | undefined };

/** `IncludeConfiguration` with its tokens read; the folder of templates is absolute. */
export interface IncludeRules {
  readonly hosts: readonly (Omit<IncludeConfiguration['hosts'][number], 'port'> & { readonly port: number | 'any' })[];
  readonly projects: readonly WithToken<IncludeProject>[];
  readonly components: readonly WithToken<IncludeComponent>[];
  readonly templates?: string | undefined;
}

/** A server that has repositories, and how it is read. */
export interface RepositoryHost extends Pick<IncludeProject, 'url' | 'kind' | 'allowPrivate'> {
  readonly token?: Secret | undefined;
}

/** Decides what may be included, by the entries of the server and of the stack together. */
export class IncludePolicy {
  readonly #rules: readonly IncludeRules[];
  readonly #server: () => string;

  /** `server`: the value of `CI_SERVER_FQDN`. */
  constructor(rules: readonly IncludeRules[], server: () => string) {
    this.#rules = rules;
    this.#server = server;
  }

  /** Throws INCLUDE_HOST_REFUSED unless an entry permits the URL. */
  url(url: URL): Permission {
    const host = plainHost(url.hostname);
    const port = Number(url.port || 443);
    const named = this.#rules
      .flatMap(({ hosts }) => hosts)
      .filter(
        (entry) =>
          (entry.port === 'any' || entry.port === port) &&
          isHost(entry.host, host) &&
          isPath(entry.paths, url.pathname),
      );
    if (named.length === 0) throw includeError('INCLUDE_HOST_REFUSED', { url: `${url.origin}${url.pathname}`, host });
    return { allowPrivate: named.some(({ allowPrivate }) => allowPrivate) };
  }

  /** Whether a host in the address of a component is the server itself. */
  isServer(host: string): boolean {
    return host === this.#server().toLowerCase();
  }

  project(project: string): RepositoryHost {
    const entry = this.#rules.flatMap(({ projects }) => projects).find((one) => isMatch(one.project, project));
    if (entry === undefined) throw includeError('INCLUDE_PROJECT_REFUSED', { project });
    return entry;
  }

  component({ host, project, name }: ComponentAddress): RepositoryHost {
    const component = `${host}/${project}/${name}`;
    const entry = this.#rules
      .flatMap(({ components }) => components)
      .find((one) => isMatch(one.component.replace(SERVER, this.#server), component));
    if (entry === undefined) throw includeError('INCLUDE_COMPONENT_REFUSED', { component });
    return { kind: 'gitlab', ...entry, url: entry.url ?? `https://${host}` };
  }

  /** Folders of the operator's templates; those of the stack come first. */
  get templates(): readonly string[] {
    return this.#rules.toReversed().flatMap(({ templates }) => templates ?? []);
  }
}

function isHost(pattern: string, host: string): boolean {
  if (pattern === '*') return true;
  return pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) : pattern === host;
}

function isPath(patterns: readonly string[] | undefined, path: string): boolean {
  // An encoded slash would name another path on the host than the one that is compared.
  return patterns === undefined || (!/%2f|%5c|\\/i.test(path) && patterns.some((pattern) => isMatch(pattern, path)));
}

function isMatch(pattern: string, text: string): boolean {
  return compileGlob(pattern, 'text')(text);
}
