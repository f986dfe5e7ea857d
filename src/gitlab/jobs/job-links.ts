import type { Spot } from '../document/fault-list.ts';
import type { JobPlan, Need } from '../job-plan.ts';
import type { JobSource } from './job-source.ts';
import { get } from '../document/mapping.ts';
import { readNeeds } from '../keywords/needs.ts';
import type { Copies, Copy } from '../keywords/parallel.ts';
import type { SharedReader } from '../reading.ts';
import type { RuleOutcome } from '../conditions/rules.ts';
import { readList } from '../document/values.ts';

interface LinkSetting {
  readonly copies: Copies;
  readonly copy: Copy | undefined;
  readonly shared: SharedReader;
  readonly outcome: RuleOutcome | undefined;
}

/** Which jobs a job waits for, and whose artifacts it fetches; copies of parallel jobs by their own names. */
export function readLinks(
  { name, value, spot }: JobSource,
  setting: LinkSetting,
): Pick<JobPlan, 'needs' | 'dependencies'> {
  const { copies, copy, shared, outcome } = setting;
  const ruled = outcome?.needs;
  const place = ruled === undefined ? spot.child('needs') : (outcome?.spot ?? spot).child('needs');
  const written = shared.read('needs', ruled ?? get(value, 'needs'), { spot: place, reader: readNeeds });
  const needer = { name: copy?.name ?? name, spot: place, variant: copy?.variant ?? {} };
  const needs = written === undefined ? undefined : copies.spread(written, needer);
  if (needs !== undefined) checkTwice(needs, needer);
  const dependencies = readList(get(value, 'dependencies'), spot.child('dependencies'));
  return {
    ...(needs === undefined ? {} : { needs }),
    ...(dependencies === undefined ? {} : { dependencies: dependencies.flatMap((job) => copies.names(job)) }),
  };
}

/** GitLab refuses a need that is given twice. */
function checkTwice(needs: readonly Need[], { name, spot }: { name: string; spot: Spot }): void {
  if (needs.length < 2) return;
  const seen = new Set<string>();
  for (const { job, pipeline } of needs) {
    const key = pipeline === undefined ? job : `${pipeline}\n${job}`;
    if (seen.has(key)) spot.error('GITLAB_NEED_TWICE', { job: name, need: job });
    seen.add(key);
  }
}
