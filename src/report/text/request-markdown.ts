import type { ChangeReport, FailureReport, RunStatus } from '../../protocol/index.ts';
import { progressText } from './change-lines.ts';
import { code, folded } from './markdown.ts';
import { pipelineMarkdown, type MarkdownOptions } from './pipeline-markdown.ts';

/** How one head of a request stands. */
export interface ReportedHead {
  readonly sha: string;
  /** Page of the commit at the forge. */
  readonly url?: string;
  /** Of its newest pipeline. */
  readonly pipeline?: { readonly id: string; readonly status: RunStatus };
  /** Its status: state, words, and the page that it links to. */
  readonly status?: ReportedStatus;
  readonly change?: ChangeReport;
  readonly failure?: FailureReport;
}

interface ReportedStatus {
  readonly state: 'pending' | 'success' | 'failure' | 'error';
  /** As much of it as there is. */
  readonly text: string;
  /** Whether a person can let it run. */
  readonly isHeld?: boolean;
  readonly url?: string;
}

/** A command that a person gave in a comment. */
interface ReportedCommand {
  readonly actor: string;
  readonly text: string;
  /** Head that it was given for. */
  readonly sha: string;
  readonly state: 'pending' | 'done' | 'refused';
  /** Markdown, of our own words. */
  readonly answer?: string;
}

/** All that the comment on a request shows. */
export interface RequestReport {
  readonly stack: string;
  readonly state: 'open' | 'closed' | 'merged';
  readonly head: ReportedHead;
  /** The last head before it that has a result. */
  readonly previous?: ReportedHead;
  /** The commit that the merge made, with its statuses by their contexts. */
  readonly merged?: {
    readonly sha: string;
    readonly url?: string;
    readonly statuses: readonly (ReportedStatus & { readonly context: string })[];
  };
  /** The newest last. */
  readonly commands: readonly ReportedCommand[];
}

/** Characters of an outdated result. */
const OUTDATED = 8000;
const COMMANDS = 5;
const SHORT = 7;

const PIPELINE_WORDS: Readonly<Record<RunStatus, string>> = {
  created: 'waiting',
  waiting_for_resource: 'waiting',
  preparing: 'waiting',
  pending: 'waiting',
  running: 'running',
  success: 'succeeded',
  failed: 'failed',
  canceling: 'canceled',
  canceled: 'canceled',
  skipped: 'skipped',
  manual: 'waiting for a person',
  scheduled: 'waiting',
};
const STATUS_WORDS = { pending: 'held', success: 'no pipeline', failure: 'failed', error: 'no pipeline' } as const;

/**
 * How a request stands, as Markdown of a forge: its head with what its change does and why it failed, what is outdated
 * folded, what became of a merge, and the last commands with their answers. Whatever others wrote is quoted as code.
 */
export function requestMarkdown(report: RequestReport, options: MarkdownOptions): string {
  const { limit = 65_000, ...rest } = options;
  const before = [`### ${code(report.stack)}: ${titleOf(report)}`, ...endBlocks(report)];
  const after = [...outdatedBlocks(report, rest), ...commandBlocks(report)];
  const used = [...before, ...after].join('\n\n').length;
  const head = report.state === 'open' ? [headBlock(report.head, { ...rest, limit: limit - used - 4 })] : [];
  return [...before, ...head, ...after].filter((block) => block !== '').join('\n\n');
}

function titleOf({ state, head }: RequestReport): string {
  return state === 'open' ? wordOf(head) : state;
}

function wordOf({ pipeline, status, failure }: ReportedHead): string {
  if (pipeline !== undefined) return PIPELINE_WORDS[pipeline.status];
  if (failure !== undefined) return 'no pipeline could be created';
  return status === undefined ? 'waiting' : STATUS_WORDS[status.state];
}

function headBlock(head: ReportedHead, options: MarkdownOptions): string {
  const facts = factsOf(head, options.baseUrl);
  const room = (options.limit ?? 0) - facts.length - 2;
  const text = pipelineMarkdown(head, { ...options, page: options.page ?? pageOf(head), limit: room });
  return [facts, approvalText(head), text].filter((block) => block !== '').join('\n\n');
}

function pageOf({ pipeline }: ReportedHead): string | undefined {
  return pipeline === undefined ? undefined : `pipelines/${pipeline.id}`;
}

/** Which commit and pipeline it is, and the words of the status unless the reports below have them. */
function factsOf(head: ReportedHead, baseUrl: string): string {
  const { sha, url, pipeline, status, failure, change } = head;
  const commit = `Commit ${linked(code(sha.slice(0, SHORT)), url)}`;
  const page = pipeline === undefined ? '' : `, [pipeline ${pipeline.id}](${baseUrl}/pipelines/${pipeline.id})`;
  const isShown = (failure?.failures.length ?? 0) > 0 || (change !== undefined && progressText(change) !== undefined);
  const words = status === undefined || isShown ? '' : `: ${code(status.text)}`;
  const hasPage = pipeline === undefined && status?.url !== undefined && status.isHeld !== true;
  return `${commit}${page}${words}${hasPage ? ` ([details](${status.url}))` : ''}`;
}

/** How a person lets a held head run. */
function approvalText({ sha, pipeline, status }: ReportedHead): string {
  if (pipeline !== undefined || status?.isHeld !== true) return '';
  const command = code(`/slipway approve ${sha}`);
  return `${linked('**Review what would run**', status.url)}, then approve it there or with the comment ${command}.`;
}

function endBlocks({ state, merged }: RequestReport): readonly string[] {
  if (state !== 'merged' || merged === undefined) return [];
  const { sha, url, statuses } = merged;
  const rows = statuses.map(
    ({ context, state: of, text, url: page }) => `- ${code(context)}: ${linked(of, page)}, ${code(text)}`,
  );
  return [`Merged as ${linked(code(sha.slice(0, SHORT)), url)}.`, ...(rows.length === 0 ? [] : [rows.join('\n')])];
}

/** The result of a head that is not the present one any more, or of a request that has ended. */
function outdatedBlocks({ state, head, previous }: RequestReport, options: MarkdownOptions): readonly string[] {
  const [outdated, when] = state === 'open' ? [previous, 'Before'] : [head, 'Last result'];
  if (outdated === undefined) return [];
  const title = `${when}: <code>${outdated.sha.slice(0, SHORT)}</code>, ${wordOf(outdated)}`;
  return [folded(title, headBlock(outdated, { ...options, page: pageOf(outdated), limit: OUTDATED }))];
}

function commandBlocks({ commands }: RequestReport): readonly string[] {
  if (commands.length === 0) return [];
  return ['**Commands**', ...commands.slice(-COMMANDS).map(commandBlock)];
}

function commandBlock({ actor, text, sha, state, answer }: ReportedCommand): string {
  const given = `${code(text)} by ${code(actor)} for ${code(sha.slice(0, SHORT))}`;
  if (state === 'pending' || answer === undefined) return `${given}: not carried out yet`;
  return `${given}${state === 'refused' ? ', refused' : ''}: ${answer}`;
}

function linked(text: string, url: string | undefined): string {
  return url === undefined ? text : `[${text}](${url})`;
}
