/**
 * The messages between runner, server, command line and dashboard, as schemas and their types. The runner part is the
 * core of GitLab's runner API (versions 16 to 19), so unmodified runners understand it; views and events are Slipway's
 * own. The module sends no request and decides nothing.
 */
export { ArtifactQuery, ArtifactFormat } from './artifact-query.ts';
export { protocolError } from './errors.ts';
export { protocolHeader } from './protocol-header.ts';
export { GitInfo } from './git-info.ts';
export { ImageContents, ImageDetail, ImageView, LayerView, PullView } from './image-view.ts';
export { JobArtifact } from './job-artifact.ts';
export { JobRequest } from './job-request.ts';
export { JobCache, JobDependency, JobImage, JobResponse, JobStep } from './job-response.ts';
export { FAILURE_REASONS, FailureReason, JobUpdate, TraceOutput } from './job-update.ts';
export { JobVariable } from './job-variable.ts';
export { JobReproduction } from './job-reproduction.ts';
export { TestedLocks } from './tested-lock.ts';
export { JobDetail, JobList } from './job-detail.ts';
export { AttemptView, JobView } from './job-view.ts';
export { LogIndex, LogSection } from './log-index.ts';
export { openapi } from './openapi.ts';
export { operations, type Operation, type QueryParameter } from './operations.ts';
export { PackageDetail, PackageList, PackageView } from './package-view.ts';
export { parseBody } from './parse-body.ts';
export { CommitView, PipelineDetail, PipelineList, PipelineView } from './pipeline-view.ts';
export { Problem } from './problem.ts';
export { RunnerInfo } from './runner-info.ts';
export { RunnerRegistration, RunnerVerification } from './runner-registration.ts';
export { ServerEvent } from './server-event.ts';
export { BranchView, RequestView, StackList, StackView } from './stack-view.ts';
export {
  listsJobs,
  type ImageSummary,
  type JobSummary,
  type PipelineSummary,
  type StackSummary,
} from './stack-summary.ts';
export { StatusView } from './status-view.ts';
export { viewOf } from './view-of.ts';
export { formatContentRange, formatStoredRange, parseContentRangeStart, parseStoredSize } from './trace-range.ts';
export { RunStatus } from './run-status.ts';
