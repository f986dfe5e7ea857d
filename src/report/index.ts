/**
 * Reports: what people are told about a pipeline, in the words of the place where they read it. The line on a
 * pull request, and the numbers of a JUnit file. It decides nothing and sends nothing.
 */
export { addSummaries, readJunit } from './junit.ts';
export type { TestSummary } from './junit.ts';
export { summarizePipeline } from './pull-request-summary.ts';
export type { PullRequestSummary, SummarizedJob } from './pull-request-summary.ts';
