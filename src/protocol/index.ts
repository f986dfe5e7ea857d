/**
 * The messages between runner, server, command line and dashboard, as schemas and their types. The runner part is the
 * core of GitLab's runner API (versions 16 to 19), so unmodified runners understand it; views and events are Slipway's
 * own. The module sends no request and decides nothing.
 */
export * from './access-view.ts';
export * from './action-request.ts';
export * from './artifact-list.ts';
export * from './audit-record.ts';
export * from './block-request.ts';
export * from './change-report.ts';
export * from './destination-view.ts';
export * from './errors.ts';
export * from './failure-class.ts';
export * from './failure-report.ts';
export * from './hook-request.ts';
export * from './identity-request.ts';
export * from './image-request.ts';
export * from './image-difference.ts';
export * from './image-records.ts';
export * from './image-view.ts';
export * from './job-artifact.ts';
export * from './job-detail.ts';
export * from './job-reproduction.ts';
export * from './job-request.ts';
export * from './job-response.ts';
export * from './job-tests.ts';
export * from './job-update.ts';
export * from './job-variable.ts';
export * from './job-view.ts';
export * from './lock-comparison.ts';
export * from './log-index.ts';
export * from './log-search.ts';
export * from './operations/operation.ts';
export * from './operations/operations.ts';
export * from './operations/path-parameters.ts';
export * from './package-view.ts';
export * from './parse-body.ts';
export * from './pipeline-view.ts';
export * from './problem.ts';
export * from './protocol-header.ts';
export * from './queue-view.ts';
export * from './quota-view.ts';
export * from './request-detail.ts';
export * from './request-plan.ts';
export * from './run-status.ts';
export * from './runner-view.ts';
export * from './server-event.ts';
export * from './sha.ts';
export * from './shown-line.ts';
export * from './stack-summary.ts';
export * from './stack-view.ts';
export * from './status-view.ts';
export * from './tested-lock.ts';
export * from './timeline.ts';
export * from './trace-range.ts';
export * from './trigger-request.ts';
export * from './view-of.ts';
