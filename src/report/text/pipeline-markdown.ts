import type { ChangeReport, FailureReport } from '../../protocol/index.ts';
import { changeBlocks } from './change-markdown.ts';
import { failureBlocks } from './failure-markdown.ts';
import { MARKDOWN_LENGTH, joinBlocks } from './markdown.ts';

export interface MarkdownOptions {
  /** Address of the server, without a slash at the end. */
  readonly baseUrl: string;
  /** Page of the whole, which ends a text that had to be cut. */
  readonly page?: string;
  /** Characters at most. */
  readonly limit?: number;
}

/**
 * Why a pipeline failed and what its change does, as Markdown of a forge: for a comment, or for the text of a check.
 * Names, reasons and lines of logs are quoted as code, so that they cannot add markup, mentions or links.
 */
export function pipelineMarkdown(
  { failure, change }: { readonly failure?: FailureReport; readonly change?: ChangeReport },
  { baseUrl, page, limit = MARKDOWN_LENGTH }: MarkdownOptions,
): string {
  const pageUrl = (path: string) => `${baseUrl}/${path}`;
  const blocks = [
    ...(failure === undefined ? [] : failureBlocks(failure, pageUrl)),
    ...(change === undefined ? [] : changeBlocks(change, pageUrl)),
  ];
  const more = page === undefined ? 'The rest did not fit.' : `The rest did not fit: [all of it](${pageUrl(page)}).`;
  return joinBlocks(blocks, { limit, more });
}
