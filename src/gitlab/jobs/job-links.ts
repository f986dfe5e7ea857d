import type { RuleOutcome } from '../conditions/rules.ts';
import type { Field } from '../document/field.ts';
import { readList } from '../document/values.ts';
import type { JobPlan, Need } from '../job-plan.ts';
import { readNeeds } from '../keywords/needs.ts';
import type { Copies, Copy } from '../keywords/parallel.ts';
import type { SharedReader } from '../reading.ts';
import { ruledField, type JobSource } from './job-source.ts';

interface LinkSetting {
  readonly copies: Copies;
  readonly copy: Copy | undefined;
  readonly shared: SharedReader;
  readonly outcome: RuleOutcome | undefined;
}

/** Reads which jobs a job waits for, and whose artifacts it fetches; copies of parallel jobs by their own names. */
export function readLinks(
  source: JobSource,
  { copies, copy, shared, outcome }: LinkSetting,
): Pick<JobPlan, 'needs' | 'dependencies'> {
  const field = ruledField(source, outcome, 'needs');
  const written = shared.read('needs', field, readNeeds);
  const needer = { name: copy?.name ?? source.name, field, variant: copy?.variant ?? {} };
  const needs = written && copies.spread(written, needer);
  if (needs !== undefined) checkTwice(needs, needer);
  const dependencies = readList(source.field.at('dependencies'));
  return { needs, dependencies: dependencies?.flatMap((job) => copies.names(job)) };
}

/** GitLab refuses the same need twice. */
function checkTwice(needs: readonly Need[], { name, field }: { name: string; field: Field }): void {
  if (needs.length < 2) return;
  const seen = new Set<string>();
  for (const { job, pipeline, project, ref } of needs) {
    const key = [job, pipeline, project, ref].join('\n');
    if (seen.has(key)) field.error('GITLAB_NEED_TWICE', { job: name, need: job });
    seen.add(key);
  }
}
