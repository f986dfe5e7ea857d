/**
 * The server: runner API, S3 gateway, git for jobs, reads from the registry and the mirrors, hooks, REST, metrics and
 * the dashboard, as one function from Request to Response. It translates between protocols and the coordinator, and
 * decides nothing about a change itself.
 */
export { createApp } from './app.ts';
export { auditedToken } from './access/create-token.ts';
export { openStoredRunners, type StoredRunners } from './access/stored-runners.ts';
export { openStoredTokens } from './access/stored-tokens.ts';
export { openServer, type RunningServer } from './assembly/open-server.ts';
export { bindSocket, type BoundSocket } from './bind-socket.ts';
export { serverNetwork } from './egress/server-network.ts';
export { inheritedSocket, type InheritedSocket } from './inherited-socket.ts';
export { loadNotaryConfiguration } from './notary/configuration.ts';
export { openProtection } from './notary/open-keys.ts';
export { openNotary } from './notary/open-notary.ts';
export { reSign, type ReSigned } from './notary/re-sign.ts';
export { loadHostConfiguration } from './remote-runner/host-configuration.ts';
export { startRemoteRunner } from './remote-runner/remote-runner.ts';
export { serveSupervised } from './notary/supervised.ts';
export { listArchive, findInArchive, readArchiveFile } from './runner-api/artifact-archive.ts';
export { LISTENING, REPLACE, STOP, SocketKeeper, Start } from './socket-keeper.ts';
export { testDestination } from './notifications/test-destination.ts';
export { readStoredDestinations, readStoredStacks } from './stored-stacks.ts';
export { auditedRunner } from './routes/runners.ts';
export { separateUsers, type SeparateUsers } from './users/separate-users.ts';
export { splitUsers } from './users/split-users.ts';
