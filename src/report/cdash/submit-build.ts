import { SlipwayError } from '../../kit/index.ts';
import { buildDocuments, doneDocument, type BuildReport, type CdashDocument } from './build-documents.ts';
import type { BuildIdentity } from './build-identity.ts';
import { md5Of, type CdashClient } from './cdash-client.ts';

/** Which requests are made beside the reports themselves. */
export type CdashApi =
  /** Up to Spack 0.17: builds are registered first, and related to those of their dependencies. */
  | 'related'
  /** Spack since 0.18: a build comes to be with its first report. */
  | 'plain';

interface Submission {
  readonly api: CdashApi;
  readonly report: BuildReport;
  /**
   * CDash's numbers of the builds of the dependencies, as far as they are known; called only if they are sent.
   */
  readonly related: () => Promise<readonly string[]>;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export interface Submitted {
  /** CDash's number of the build, if it gave one. */
  readonly buildId?: string;
  /** Where people see it. */
  readonly page?: string;
  /** Failures, for warnings. */
  readonly faults: readonly SlipwayError[];
}

/** Reports one build to CDash: never fails, never takes longer than the client's patience. */
export async function submitBuild(client: CdashClient, submission: Submission): Promise<Submitted> {
  const { api, report, related, now } = submission;
  const { identity } = report;
  const faults: SlipwayError[] = [];
  /** Sends a request as long as CDash answers, and collects what went wrong. */
  const attempt = async (request: () => Promise<string | undefined>): Promise<string | undefined> => {
    if (!client.isOpen) return undefined;
    return request().catch((error: unknown) => {
      if (!(error instanceof SlipwayError)) throw error;
      faults.push(error);
      return undefined;
    });
  };
  let buildId = api === 'related' ? await attempt(() => register(client, identity)) : undefined;
  for (const document of buildDocuments(report)) {
    const answer = await attempt(() => upload(client, identity, document));
    buildId ??= /<buildId>(\d+)<\/buildId>/.exec(answer ?? '')?.[1];
  }
  if (buildId === undefined) return { faults };
  const id = buildId;
  if (api === 'related' && client.isOpen)
    for (const other of await related()) await attempt(() => relate(client, id, other));
  await attempt(() => upload(client, identity, doneDocument(id, now)));
  return { buildId: id, page: `${client.server.url}/buildSummary.php?buildid=${id}`, faults };
}

/** The number of the build; CDash gives the same number for the same build. */
async function register(client: CdashClient, { site, name, stamp }: BuildIdentity): Promise<string | undefined> {
  const { project } = client.server;
  const answer = await client.send({
    method: 'POST',
    path: 'api/v1/addBuild.php',
    body: JSON.stringify({ project, site, name, stamp }),
    what: `the registration of build \`${name}\``,
  });
  const [, id] = /"buildid"\s*:\s*"?(\d+)/.exec(answer) ?? [];
  return id;
}

async function relate(client: CdashClient, buildid: string, relatedid: string): Promise<string> {
  const { project } = client.server;
  return client.send({
    method: 'POST',
    path: 'api/v1/relateBuilds.php',
    body: JSON.stringify({ project, buildid, relatedid, relationship: 'depends on' }),
    what: `that build ${buildid} depends on ${relatedid}`,
  });
}

async function upload(client: CdashClient, identity: BuildIdentity, { file, text }: CdashDocument): Promise<string> {
  const { name, site, stamp } = identity;
  const query = new URLSearchParams({
    project: client.server.project,
    build: name,
    site,
    stamp,
    MD5: md5Of(text),
  });
  return client.send({
    method: 'PUT',
    path: `submit.php?${query.toString()}`,
    contentType: 'text/xml',
    body: text,
    what: `${file} of \`${name}\``,
    kept: 'The reports are among the artifacts of the job, and can be sent later.',
  });
}
