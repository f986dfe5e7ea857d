import { writeFile } from 'node:fs/promises';
import type { planProject } from './plan-project.ts';

type Planned = NonNullable<Awaited<ReturnType<typeof planProject>>>;

export interface Row {
  readonly name: string;
  readonly file: string;
  readonly planned: readonly (Planned | undefined)[];
  /** Who served what was included. */
  readonly served: ReadonlyMap<string, string>;
}

const HEAD = `# Pipelines of other projects

Slipway reads the \`.gitlab-ci.yml\` of these projects as GitLab does. \`scripts/real-pipelines.ts\` plans four pipelines of
each file, as they would start on the project's GitLab server: for a push to the default branch, a merge request, a tag and
a schedule. It reads the newest commit of a public copy of the repository.

- **Includes** come from outside of the repository. A public repository serves them where one has them, which can be older
  than the one that the project uses. Otherwise a short file of ours does, which defines templates of the same names.
- **Jobs** are those of the pipelines for a push, a merge request, a tag and a schedule, in this order. Jobs of child
  pipelines follow a \`+\`; what a job makes for a child pipeline counts as one job.
  There are none where rules leave none, or exclude the pipeline. A dash: the project's GitLab server is a mirror without
  merge requests.
- **Left** lists what does not work as on GitLab. Projects whose pipelines are triggered must be stacks of the same server
  ([how they are allowed](../guides/several-stacks.md)). Keywords that have no effect cause warnings.

The includes are read as a server reads them, under a [policy of includes](configuration.md) that permits their hosts and
projects; a stand-in for GitLab's REST API and for web servers answers.

| project | includes | jobs | left |
| --- | --- | --- | --- |
`;

export async function writePage(path: string, rows: readonly Row[]): Promise<void> {
  await writeFile(path, HEAD + rows.map(writeRow).join(''));
}

function writeRow({ name, file, planned, served }: Row): string {
  const jobs = planned.map((one) => (one === undefined ? '–' : countOf(one))).join(', ');
  const title = file === '.gitlab-ci.yml' ? name : `${name} \`${file}\``;
  return `| ${title} | ${servedBy(served)} | ${jobs} | ${leftOf(planned.filter((one) => one !== undefined))} |\n`;
}

function countOf({ jobs, children, errors }: Planned): string {
  if (errors.length > 0) return 'refused';
  return children === 0 ? String(jobs) : `${jobs} + ${children}`;
}

function servedBy(served: Row['served']): string {
  const counts = new Map<string, number>();
  for (const source of served.values()) counts.set(source, (counts.get(source) ?? 0) + 1);
  const parts = [...counts].map(([source, count]) => `${count} from ${source}`);
  return parts.length === 0 ? 'none' : parts.join(', ');
}

/** Names what has no effect, and which other projects are involved. */
function leftOf(planned: readonly Planned[]): string {
  const warnings = planned.flatMap((one) => one.warnings.flatMap((warning) => /`([^`]+)`/.exec(warning)?.[1] ?? []));
  const keywords = [...new Set(warnings)].map((keyword) => `\`${keyword}\``);
  const projects = [...new Set(planned.flatMap((one) => one.projects))].map((project) => `\`${project}\``);
  return [
    ...(projects.length > 0 ? [`needs the ${projects.length > 1 ? 'stacks' : 'stack'} ${projects.join(', ')}`] : []),
    ...(keywords.length > 0 ? [`no effect: ${keywords.join(', ')}`] : []),
  ].join('; ');
}
