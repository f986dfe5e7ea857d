/**
 * Reports about builds and pipelines for people and other systems: the line on a pull request, JUnit read and written,
 * CDash. It sends to CDash alone, through a `fetch` in its options, and decides nothing: a report that cannot be
 * made or sent is a warning.
 */
export { BuildRecorder, type BuildRecord, type RecordedPhase } from './build/build-recorder.ts';
export { buildDocuments, type BuildReport, type CdashDocument } from './cdash/build-documents.ts';
export { fittingName, siteOf, type BuildIdentity, type HostDescription } from './cdash/build-identity.ts';
export { CdashClient, type CdashServer, type CdashWorld } from './cdash/cdash-client.ts';
export { describeHost } from './cdash/host-description.ts';
export { keepGroups } from './cdash/keep-groups.ts';
export { submitBuild, type CdashApi, type Submitted } from './cdash/submit-build.ts';
export { reportError } from './errors.ts';
export { addSummaries, readJunit, type TestSummary } from './junit.ts';
export {
  clip,
  summarizePipeline,
  withoutStop,
  type PullRequestSummary,
  type SummarizedJob,
} from './pull-request-summary.ts';
export { writeJunit, type BuildOutcome } from './write-junit.ts';
