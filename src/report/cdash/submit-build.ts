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
   * CDash's numbers of the builds of the dependencies, as far as they are known; asked for only where they are told.
   */
  readonly related: () => Promise<readonly string[]>;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export interface Submitted {
  /** CDash's number of the build, if it told one. */
  readonly buildId?: string;
  /** Where people see it. */
  readonly page?: string;
  /** What went wrong, for warnings. */
  readonly faults: readonly SlipwayError[];
}

/** Reports one build to CDash: never fails, never takes longer than the client's patience. */
export async function submitBuild(client: CdashClient, submission: Submission): Promise<Submitted> {
  const { api, report, related, now } = submission;
  const faults: SlipwayError[] = [];
  const asked = new Asked(client, faults);
  let buildId = api === 'related' ? await asked.ask(() => register(client, report.identity)) : undefined;
  for (const document of buildDocuments(report)) {
    const answer = await asked.ask(() => upload(client, report.identity, document));
    buildId ??= buildIdIn(answer);
  }
  if (buildId === undefined) return { faults };
  const id = buildId;
  if (api === 'related') {
    for (const other of client.isOpen ? await related() : []) await asked.ask(() => relate(client, id, other));
  }
  await asked.ask(() => upload(client, report.identity, doneDocument(id, now)));
  return { buildId: id, page: `${client.server.url}/buildSummary.php?buildid=${id}`, faults };
}

/** Asks as long as there is sense in it, and collects what went wrong. */
class Asked {
  readonly #client: CdashClient;
  readonly #faults: SlipwayError[];

  constructor(client: CdashClient, faults: SlipwayError[]) {
    this.#client = client;
    this.#faults = faults;
  }

  async ask(work: () => Promise<string | undefined>): Promise<string | undefined> {
    if (!this.#client.isOpen) return undefined;
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof SlipwayError)) throw error;
      this.#faults.push(error);
      return undefined;
    }
  }
}

/** The number of the build; asked again for the same build CDash gives the same number. */
async function register(client: CdashClient, { site, name, stamp }: BuildIdentity): Promise<string | undefined> {
  const { project } = client.server;
  const answer = await client.ask({
    method: 'POST',
    path: 'api/v1/addBuild.php',
    contentType: 'application/json',
    body: JSON.stringify({ project, site, name, stamp }),
    what: `the registration of build \`${name}\``,
  });
  const [, id] = /"buildid"\s*:\s*"?(\d+)/.exec(answer) ?? [];
  return id;
}

async function relate(client: CdashClient, buildid: string, relatedid: string): Promise<string> {
  const { project } = client.server;
  return client.ask({
    method: 'POST',
    path: 'api/v1/relateBuilds.php',
    contentType: 'application/json',
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
  return client.ask({
    method: 'PUT',
    path: `submit.php?${query.toString()}`,
    contentType: 'text/xml',
    body: text,
    what: `${file} of \`${name}\``,
    kept: 'the reports are among the job’s artifacts, and can be sent later.',
  });
}

function buildIdIn(answer: string | undefined): string | undefined {
  return /<buildId>(\d+)<\/buildId>/.exec(answer ?? '')?.[1];
}
