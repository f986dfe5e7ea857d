/**
 * A client of the server's REST API: requests with the server's own errors, jobs by their names, logs, and how stacks
 * stand. It prints nothing, and it knows neither the command line's options nor the server's code.
 */
export { findJob, findPlannedJob, jobNames, readPipelineJobs } from './find-job.ts';
export { readJobLog } from './job-log.ts';
export { readServedAudit } from './read-audit.ts';
export { readDestinations } from './read-destinations.ts';
export { readStacks } from './read-stacks.ts';
export { download, putJson, requestJson, type ServerAccess } from './request.ts';
