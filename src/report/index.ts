/**
 * Reports about builds and pipelines for people and other systems. `changeReport` and `failureReport` compute what a
 * change does and why a pipeline failed, as plain data, others compare two locks and lay out when jobs ran; `text/` is
 * the one place that words them: a line for a status, Markdown for a forge, lines for a terminal. Besides, JUnit read
 * and written, and CDash. It sends to CDash alone, through a `fetch` in its options, and decides nothing: a report that
 * cannot be made or sent is a warning.
 */
export { BuildRecorder, type BuildRecord, type RecordedPhase } from './build/build-recorder.ts';
export { phaseNameIn } from './build/phases.ts';
export { changeBytes, sizedHashes } from './change/change-bytes.ts';
export { changeReport, type KnownChange } from './change/change-report.ts';
export { differingNodes, lockComparison, ownPackages } from './change/lock-comparison.ts';
export { buildDocuments, type BuildReport, type CdashDocument } from './cdash/build-documents.ts';
export { fittingName, siteOf, type BuildIdentity, type HostDescription } from './cdash/build-identity.ts';
export { CdashClient, type CdashServer, type CdashWorld } from './cdash/cdash-client.ts';
export { describeHost } from './cdash/host-description.ts';
export { keepGroups } from './cdash/keep-groups.ts';
export { submitBuild, type CdashApi, type Submitted } from './cdash/submit-build.ts';
export { reportError } from './errors.ts';
export { failureReport, refusedReport, type FailedRun } from './failure/failure-report.ts';
export { FailureScan, failureIn, type LogFailure } from './failure/failure-scan.ts';
export { readJunit, summarizeTests, type TestSummary } from './junit.ts';
export { writeJunit, type BuildOutcome } from './write-junit.ts';
export { assignLanes } from './timeline/assign-lanes.ts';
export { jobParts } from './timeline/job-parts.ts';
export { transferText } from './timeline/transfer-line.ts';
export { changeLines, changeWords } from './text/change-lines.ts';
export { failureLines } from './text/failure-lines.ts';
export { failureRemark } from './text/failure-remark.ts';
export { MARKDOWN_LENGTH, code } from './text/markdown.ts';
export { packageSentences } from './text/package-why.ts';
export { pipelineMarkdown, type MarkdownOptions } from './text/pipeline-markdown.ts';
export { requestMarkdown, type ReportedHead, type RequestReport } from './text/request-markdown.ts';
export { statusLine, type CountedJob, type StatusLine } from './text/status-line.ts';
export { timelineFacts } from './text/timeline-facts.ts';
export { bytesText, clip, withoutStop } from './text/words.ts';
