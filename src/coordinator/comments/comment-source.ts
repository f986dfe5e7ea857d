import { requestMarkdown } from '../../report/index.ts';
import type { CoordinatorContext } from '../context.ts';
import type { DueComment } from './comment-ledger.ts';
import type { RequestRecord } from '../requests/request-ledger.ts';
import { basePolicy } from '../requests/base-policy.ts';
import { occasionOf, requestReport } from './request-report.ts';

/** What comments on requests show, as it stands now. */
export interface CommentSource {
  /** Changes when something has happened that people wait for. */
  occasion(request: RequestRecord): string;
  /** Undefined where there is to be no comment. */
  text(request: RequestRecord, comment: Pick<DueComment, 'digest'>): Promise<string | undefined>;
}

export function commentSource(context: CoordinatorContext): CommentSource {
  return {
    occasion: (request) => occasionOf(context, request),
    text: async (request, { digest }) => {
      // A comment that is there is kept up to date.
      const isWanted = digest !== undefined || (await isToBeCreated(context, request));
      if (!isWanted) return undefined;
      return requestMarkdown(await requestReport(context, request), { baseUrl: context.baseUrl() });
    },
  };
}

/** The policy of the base decides whether a comment is created; commands are answered in any case. */
async function isToBeCreated(context: CoordinatorContext, request: RequestRecord): Promise<boolean> {
  const { ledger, pipelines, stacks } = context;
  const { stack: name, number, headSha, state } = request;
  if (ledger.commands(name, number).length > 0) return true;
  const isReported =
    pipelines.list({ stack: name, request: number, limit: 1 }).length > 0 ||
    ledger.statusesOf(name, headSha).some((status) => status.state !== 'success');
  const stack = stacks.get(name);
  if (state !== 'open' || !isReported || stack === undefined) return false;
  return (await basePolicy(context, stack, request))?.comment !== false;
}
