/**
 * Reports about builds and pipelines for people and other systems: the line on a pull request, JUnit read and written,
 * CDash. It sends to CDash alone, through a `fetch` that it is given, and decides nothing: a report that cannot be
 * made or sent is a warning.
 */
export { BuildRecorder } from './build/build-recorder.ts';
export type { BuildRecord, RecordedPhase } from './build/build-recorder.ts';
export { buildDocuments } from './cdash/build-documents.ts';
export type { BuildReport, CdashDocument } from './cdash/build-documents.ts';
export { fittingName, siteOf } from './cdash/build-identity.ts';
export type { BuildIdentity, HostDescription } from './cdash/build-identity.ts';
export { CdashClient } from './cdash/cdash-client.ts';
export type { CdashServer, CdashWorld } from './cdash/cdash-client.ts';
export { describeHost } from './cdash/host-description.ts';
export { keepGroups } from './cdash/keep-groups.ts';
export { submitBuild } from './cdash/submit-build.ts';
export type { CdashApi, Submitted } from './cdash/submit-build.ts';
export { reportError } from './errors.ts';
export { addSummaries, readJunit } from './junit.ts';
export type { TestSummary } from './junit.ts';
export { clip, summarizePipeline } from './pull-request-summary.ts';
export type { PullRequestSummary, SummarizedJob } from './pull-request-summary.ts';
export { writeJunit } from './write-junit.ts';
export type { BuildOutcome } from './write-junit.ts';
