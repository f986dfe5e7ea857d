import type { JobPlan, TriggerInclude } from '../../gitlab/index.ts';
import { escapeUnseen } from '../../kit/index.ts';
import type { PlannedJob, ShownText } from '../../protocol/index.ts';
import { clip } from '../../report/index.ts';

const MOST_JOBS = 200;
/** Characters of one script. */
const LONGEST_SCRIPT = 10_000;
/** Characters of a name, an image or a tag. */
const LONGEST_NAME = 300;
/** Tags and services of a job. */
const MOST_NAMES = 50;
/** Characters of all jobs together: a request of strangers must not fill the memory of servers and browsers. */
const MOST_CHARACTERS = 400_000;

/** Returns the first jobs of a plan, as people read them before they let them run. */
export function plannedJobs(jobs: readonly JobPlan[]): PlannedJob[] {
  const shown: PlannedJob[] = [];
  let room = MOST_CHARACTERS;
  for (const job of jobs.slice(0, MOST_JOBS)) {
    const view = plannedJob(job);
    room -= JSON.stringify(view).length;
    if (room < 0) break;
    shown.push(view);
  }
  return shown;
}

/** Returns a text of others as one that shows all of its characters, cut where it is too long for a name. */
export function shownName(text: string): string {
  return clip(escapeUnseen(text), LONGEST_NAME);
}

function plannedJob(job: JobPlan): PlannedJob {
  const { name, stage, kind, when, image, services, tags } = job;
  const variables = Object.entries(job.variables).map(([key, { value }]) => `${key}=${value}`);
  return {
    name: shownName(name),
    stage: shownName(stage),
    kind,
    when,
    image: image && shownName(image.name),
    services: services.slice(0, MOST_NAMES).map((service) => shownName(service.name)),
    tags: tags.slice(0, MOST_NAMES).map(shownName),
    beforeSources: shownLines(job.preGetSources ?? []),
    script: shownLines(job.script),
    afterScript: shownLines(job.afterScript),
    variables: shownLines(variables),
    children: (job.trigger?.include ?? []).slice(0, MOST_NAMES).map((include) => shownName(childText(include))),
  };
}

function shownLines(lines: readonly string[]): ShownText | undefined {
  if (lines.length === 0) return undefined;
  const whole = lines.join('\n');
  const text = whole.slice(0, LONGEST_SCRIPT);
  return { text: escapeUnseen(text), omitted: whole.length - text.length };
}

function childText(include: TriggerInclude): string {
  if ('artifact' in include) return `${include.artifact}, which job ${include.job} writes`;
  if ('local' in include) return include.local;
  if ('project' in include) return `${include.file} of project ${include.project}`;
  return Object.entries(include)
    .flatMap(([kind, value]) => (typeof value === 'string' ? [`${kind} ${value}`] : []))
    .join(' ');
}
