/**
 * Reports: what people are told about a pipeline, in the words of the place where they read it. For now the line on a
 * pull request; CDash and JUnit come here. It decides nothing and sends nothing.
 */
export { summarizePipeline } from './pull-request-summary.ts';
export type { PullRequestSummary, SummarizedJob } from './pull-request-summary.ts';
