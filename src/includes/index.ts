/**
 * Texts of pipelines from outside of their repository (`include:remote`, `project`, `component` and `template`): which
 * of them the operator permits, how they are read, and how their bytes are kept. Connections are made by a transport
 * that the user of this module supplies.
 */
export { includeError } from './errors.ts';
export { IncludeConfiguration } from './include-configuration.ts';
export { IncludePolicy, type IncludeRules } from './include-policy.ts';
export { openIncludes, remoteCache, type ReadInclude } from './include-reader.ts';
export { fetchTransport } from './fetch-transport.ts';
export { IncludeStore } from './include-store.ts';
export { ownComponent } from './own-component.ts';
export type { RepositoryFiles } from './repositories/repository-files.ts';
export type { IncludeParts, OwnRepositories } from './source-parts.ts';
export type { Transport, TransportRequest } from './transport.ts';
