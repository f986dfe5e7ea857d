import { quotedList } from '../../kit/index.ts';
import type { RunnerSummary, RunnerView } from '../../protocol/index.ts';

/** Returns a line about a runner. */
export function runnerLine(runner: RunnerSummary | RunnerView): string {
  const { id, name, tags } = runner;
  const jobs = 'jobs' in runner ? [jobsText(runner)] : [];
  return [id, name, stateOf(runner), tags.length === 0 ? 'no tags' : tags.join(', '), ...jobs].join('  ');
}

/** Returns all that is known of a runner, a fact in each line. */
export function runnerFacts(runner: RunnerSummary | RunnerView): readonly string[] {
  const { id, name, tags, stacks, concurrency, cores, maximumTimeout, origin } = runner;
  const view = 'jobs' in runner ? runner : undefined;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['id', String(id)],
    ['state', [stateOf(runner), view?.reason].filter(Boolean).join(': ')],
    ['tags', tags.length === 0 ? 'none' : tags.join(', ')],
    ['takes', takenBy(runner)],
    ['stacks', stacks.includes('*') ? 'all' : stacks.join(', ')],
    ['isolation', runner.sandbox ? 'each job' : 'none'],
    ['packages of pull requests', runner.trusted ? 'may be promoted' : 'are built again'],
    ['jobs at once', concurrency === undefined ? 'no limit' : String(concurrency)],
    ['cores of a job', cores === undefined ? undefined : String(cores)],
    ['maximum timeout', maximumTimeout === undefined ? undefined : `${maximumTimeout} seconds`],
    ['created', origin && `${origin.createdAt} by ${origin.createdBy}`],
    ['token', origin && tokenText(origin)],
    ['note', origin?.note],
    ['last contact', view?.lastContact],
    ['jobs', view && jobsText(view)],
  ];
  const machines = (view?.machines ?? []).map(({ systemId, address, version, lastContact }) => {
    const parts = [address, version && `version ${version}`, `last contact ${lastContact}`];
    return `machine ${systemId || 'unnamed'}: ${parts.filter(Boolean).join(', ')}`;
  });
  return [name, ...facts.flatMap(([label, value]) => (value === undefined ? [] : [`  ${label}: ${value}`]))].concat(
    machines.map((line) => `  ${line}`),
  );
}

function stateOf(runner: RunnerSummary | RunnerView): string {
  if ('state' in runner) return runner.state;
  return runner.paused ? 'paused' : 'active';
}

function takenBy({ tags, runUntagged, protectedOnly, untrusted }: RunnerSummary): string {
  const tagged = tags.length > 0 ? [`jobs with the tags ${quotedList(tags)}`] : [];
  const jobs = [...tagged, ...(runUntagged ? ['jobs without tags'] : [])].join(' and ');
  return `${jobs}, ${protectedOnly ? 'of protected refs only' : untrusted ? 'of forks too' : 'none of forks'}`;
}

function tokenText({ rotatedAt, expiresAt }: NonNullable<RunnerSummary['origin']>): string {
  const rotated = rotatedAt === undefined ? [] : [`rotated ${rotatedAt}`];
  return [...rotated, expiresAt === undefined ? 'does not expire' : `expires ${expiresAt}`].join(', ');
}

function jobsText({ jobs }: RunnerView): string {
  return `${jobs.length} ${jobs.length === 1 ? 'job' : 'jobs'}`;
}
