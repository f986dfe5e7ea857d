import { SlipwayError } from '../../kit/index.ts';
import { reportError } from '../errors.ts';
import type { CdashClient } from './cdash-client.ts';
import type { CdashApi } from './submit-build.ts';

interface GroupsRequest {
  readonly api: CdashApi;
  /** The section's `build-group`. */
  readonly group: string;
  /** The section's `site`, without a runner's name. */
  readonly site: string;
  /** CDash's names of the builds that the pipeline makes. */
  readonly builds: readonly string[];
}

/**
 * Makes sure that CDash has the stack's group, so that builds whose stamps end with its name land in it: to change the
 * group in the stack is all that people do. CDash answers for a group that it has as for a new one. Up to Spack 0.17
 * there was a second group besides, `Latest …`, that lists the newest build of each package. Gives what went wrong.
 */
export async function keepGroups(client: CdashClient, request: GroupsRequest): Promise<readonly SlipwayError[]> {
  try {
    const daily = await createGroup(client, request.group, 'Daily');
    if (request.api === 'related') {
      const latest = await createGroup(client, `Latest ${request.group}`, 'Latest');
      if (request.builds.length > 0) await listBuilds(client, request, { daily, latest });
    }
    return [];
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    return [error];
  }
}

async function createGroup(client: CdashClient, group: string, type: 'Daily' | 'Latest'): Promise<number> {
  const { project, url } = client.server;
  const what = `the build group \`${group}\``;
  const answer = await client.send({
    method: 'POST',
    path: 'api/v1/buildgroup.php',
    body: JSON.stringify({ newbuildgroup: group, project, type }),
    what,
  });
  const [, id] = /"id"\s*:\s*"?(\d+)/.exec(answer) ?? [];
  if (id !== undefined) return Number(id);
  const reason = 'its answer names no group';
  throw reportError('CDASH_REFUSED', { url, project, what, reason, kept: 'Builds are reported nevertheless.' });
}

async function listBuilds(
  client: CdashClient,
  { group, site, builds }: GroupsRequest,
  ids: { daily: number; latest: number },
): Promise<void> {
  await client.send({
    method: 'PUT',
    path: 'api/v1/buildgroup.php',
    body: JSON.stringify({
      project: client.server.project,
      buildgroupid: ids.latest,
      dynamiclist: builds.map((match) => ({ match, parentgroupid: ids.daily, site })),
    }),
    what: `the list of builds of \`Latest ${group}\``,
  });
}
