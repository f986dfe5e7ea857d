import * as z from 'zod';
import { statusText } from '../api/status-text.ts';
import type { CheckCommand, CommitStatus, StatusAnnotation, StatusDetail } from '../commit-status.ts';
import { MakingApp } from './app/made-by-app.ts';

/** What we read of a check run ("REST API endpoints for check runs"). */
export const CheckRun = z.object({
  id: z.number().int(),
  external_id: z.string().nullable(),
  app: MakingApp.nullable(),
  status: z.string(),
  conclusion: z.string().nullish(),
  output: z.object({ title: z.string().nullish(), annotations_count: z.number().int() }),
});
export type CheckRun = z.infer<typeof CheckRun>;

/** A remark as GitHub has it. */
export const Annotation = z.object({
  path: z.string(),
  start_line: z.number().int(),
  end_line: z.number().int(),
  annotation_level: z.string().nullable(),
  title: z.string().nullish(),
  message: z.string().nullable(),
});
export type Annotation = z.infer<typeof Annotation>;

const LONGEST_SUMMARY = 65_535;

/** GitHub shows at most 20 characters of a label and 40 of a description. */
const BUTTONS: Readonly<Record<CheckCommand, { readonly label: string; readonly description: string }>> = {
  retry: { label: 'Retry', description: 'Run failed and canceled jobs again' },
  cancel: { label: 'Cancel', description: 'End what still runs' },
  approve: { label: 'Approve', description: 'Let this commit run' },
};

/** Marks check runs of ours: those of another program may have the same name. */
export function keyOf({ context }: Pick<CommitStatus, 'context'>): string {
  return `slipway:${context}`;
}

/** What a check run is created or updated with, without its annotations. */
export type CheckRunBody = ReturnType<typeof bodyOf>;

export function bodyOf(status: CommitStatus, { summary, actions }: Omit<StatusDetail, 'annotations'>) {
  const { context, description, url } = status;
  return {
    name: context,
    external_id: keyOf(status),
    details_url: url,
    ...phaseOf(status),
    output: { title: statusText(description), summary: summary.slice(0, LONGEST_SUMMARY) },
    actions: actions.map((identifier) => ({ identifier, ...BUTTONS[identifier] })),
  };
}

/** A required check is satisfied by `success`, `neutral` and `skipped`. What is held has ended until a person acts. */
function phaseOf({ state, outcome }: CommitStatus) {
  if (outcome === 'held') return { status: 'completed', conclusion: 'action_required' };
  if (state === 'pending') return { status: 'in_progress' };
  if (state === 'success') return { status: 'completed', conclusion: outcome === 'skipped' ? 'skipped' : 'success' };
  return { status: 'completed', conclusion: outcome === 'canceled' ? 'cancelled' : 'failure' };
}

/** Whether a check run shows a status. Of one that has not ended only that counts. */
export function isShownBy(run: CheckRun, status: CommitStatus): boolean {
  const { status: phase, conclusion = null } = { conclusion: undefined, ...phaseOf(status) };
  if (run.status !== phase || (run.conclusion ?? null) !== conclusion) return false;
  return phase !== 'completed' || run.output.title === statusText(status.description);
}

export function annotationOf({ path, line, endLine = line, level, title, message }: StatusAnnotation): Annotation {
  return { path, start_line: line, end_line: endLine, annotation_level: level, title, message };
}

/** Two annotations are the same if this is. */
export function annotationKey({ path, start_line, end_line, annotation_level, title, message }: Annotation): string {
  return JSON.stringify([path, start_line, end_line, annotation_level, title ?? '', message]);
}
