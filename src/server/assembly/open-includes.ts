import { resolve } from 'node:path';
import type { ServerConfiguration, Stack, StackConfiguration } from '../../coordinator/index.ts';
import {
  IncludePolicy,
  IncludeStore,
  openIncludes,
  remoteCache,
  type IncludeConfiguration,
  type IncludeParts,
  type IncludeRules,
} from '../../includes/index.ts';
import { includeTransport } from '../egress/include-transport.ts';
import { siteProxyOf } from '../egress/site-proxy.ts';
import type { ServerParts } from './server-parts.ts';

/** What the included texts of all stacks share. */
export interface IncludeLibrary extends Omit<IncludeParts, 'policy'> {
  /** The entries of the server. */
  readonly rules: IncludeRules;
  /** Host by which jobs know the server, with its port if that is not the usual one. */
  host(): string;
}

type LibraryParts = Pick<ServerParts, 'settings' | 'folder' | 'clock' | 'env' | 'includeNetwork'>;

export async function includeLibrary(parts: LibraryParts, baseUrl: () => string): Promise<IncludeLibrary> {
  const { settings, folder, clock, env, includeNetwork } = parts;
  const { includes, network } = settings.configuration;
  return {
    rules: await revealed(includes, settings),
    host: () => new URL(baseUrl()).host,
    transport: includeTransport({ siteProxy: siteProxyOf(network.proxy, env), ...includeNetwork }),
    store: new IncludeStore(folder.includes),
    cache: remoteCache(),
    clock,
  };
}

/** Returns what opens a reader for each pipeline of a stack. */
export async function stackIncludes(
  { includes }: StackConfiguration,
  { rules, host, ...shared }: IncludeLibrary,
  settings: ServerParts['settings'],
): Promise<NonNullable<Stack['includes']>> {
  const policy = new IncludePolicy([rules, await revealed(includes, settings)], host);
  return (pinned, repositories) => openIncludes({ ...shared, policy, repositories }, pinned);
}

async function revealed(
  { hosts, projects, components, templates }: ServerConfiguration['includes'],
  { reveal, base }: ServerParts['settings'],
): Promise<IncludeRules> {
  const withToken = async <
    Entry extends IncludeConfiguration['components'][number] | IncludeConfiguration['projects'][number],
  >(
    entry: Entry,
  ) => ({
    ...entry,
    token: entry.token && (await reveal(entry.token, 'included texts')),
  });
  return {
    hosts,
    projects: await Promise.all(projects.map(withToken)),
    components: await Promise.all(components.map(withToken)),
    templates: templates && resolve(base, templates),
  };
}
