import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { Hono, type Context } from 'hono';

export interface StandInUpload {
  readonly build: string;
  /** Root of the document and, below `Site`, its part: `Site/Build`. */
  readonly part: string;
  readonly xml: string;
}

export interface CdashStandIn {
  fetch(url: string, init?: RequestInit): Promise<Response>;
  /** Method, path and what was asked in short, in the order in which it came. */
  readonly requests: string[];
  readonly uploads: StandInUpload[];
  /** Id of a group by name and type. */
  readonly groups: Map<string, number>;
  /** Builds that depend on others, by id. */
  readonly relations: (readonly [string, string])[];
  /** Number of a build by site, name and stamp. */
  readonly builds: Map<string, string>;
  /** Entries of the newest dynamic list. */
  dynamicList: readonly unknown[];
  /** The next requests are answered so: a status, a connection that never answers, a body that arrived damaged. */
  failNext(...faults: readonly (number | 'hang' | 'damaged')[]): void;
  /** Serves it on a loopback port until the caller closes it. */
  listen(): Promise<{ readonly url: string; close(): Promise<void> }>;
}

/** The part of CDash that CTest, Spack and Slipway talk to, for one project, in memory. */
export function cdashStandIn({ project, token }: { project: string; token?: string }): CdashStandIn {
  const faults: (number | 'hang' | 'damaged')[] = [];
  const requests: string[] = [];
  const uploads: StandInUpload[] = [];
  const groups = new Map<string, number>();
  const relations: [string, string][] = [];
  const builds = new Map<string, string>();
  let fault: number | 'hang' | 'damaged' | undefined;
  const numberOf = (site: string, name: string, stamp: string): string => {
    const key = [site, name, stamp].join('\n');
    const id = builds.get(key) ?? String(100 + builds.size);
    builds.set(key, id);
    return id;
  };
  const app = new Hono();
  app.use(async (c, next) => {
    fault = faults.shift();
    if (typeof fault !== 'number' && fault !== 'hang') return next();
    requests.push(`${c.req.method} ${c.req.path} -> ${fault}`);
    if (fault === 'hang') return new Promise<Response>(() => {});
    return c.json({ error: 'as requested' }, fault as 503);
  });
  const isKnown = (c: Context): boolean => token === undefined || c.req.header('authorization') === `Bearer ${token}`;
  const asked = async (c: Context): Promise<Readonly<Record<string, unknown>>> => c.req.json();

  app.put('/submit.php', async (c) => {
    const xml = await c.req.text();
    const { build = '', site = '', stamp = '', MD5 = '', project: wanted = '' } = c.req.query();
    const part = partOf(xml);
    requests.push(`PUT /submit.php ${part}`);
    const md5 = createHash('md5').update(xml).digest('hex');
    const answer = (status: 'OK' | 'ERROR', message: string, id?: string): string =>
      `<cdash version="3.0"><status>${status}</status><message>${message}</message><md5>${fault === 'damaged' ? '0'.repeat(32) : md5}</md5>` +
      `${id === undefined ? '' : `<buildId>${id}</buildId>`}</cdash>`;
    if (!isKnown(c)) return c.text(answer('ERROR', 'Invalid Token'), 401);
    if (wanted !== project) return c.text(answer('ERROR', 'Not a valid project.'), 400);
    // CTest sends its parameters a second time in the document; without them CDash reads them there.
    if (MD5 !== '' && MD5 !== md5) return c.text(answer('ERROR', 'Checksum failed for file.'), 400);
    uploads.push({ build, part, xml });
    return c.text(answer('OK', '', numberOf(site, build, stamp)));
  });
  app.post('/api/v1/buildgroup.php', async (c) => {
    const { newbuildgroup, type, project: wanted } = await asked(c);
    const key = `${String(newbuildgroup)} (${String(type)})`;
    requests.push(`POST /api/v1/buildgroup.php ${key}`);
    if (!isKnown(c)) return c.json({ error: 'You do not have permission to access this project.' }, 403);
    if (wanted !== project) return c.json({ error: 'This project does not exist.' }, 404);
    const isNew = !groups.has(key);
    groups.set(key, groups.get(key) ?? groups.size + 1);
    return c.json({ id: groups.get(key), name: newbuildgroup }, isNew ? 201 : 200);
  });
  const standIn: CdashStandIn = {
    fetch: async (url, init) => app.request(url, init),
    requests,
    uploads,
    groups,
    relations,
    builds,
    dynamicList: [],
    failNext: (...next) => void faults.push(...next),
    listen: async () => {
      const server = createAdaptorServer({ fetch: app.fetch, createServer }) as ReturnType<typeof createServer>;
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as AddressInfo;
      const close = async () => {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      };
      return { url: `http://127.0.0.1:${port}`, close };
    },
  };
  app.put('/api/v1/buildgroup.php', async (c) => {
    const { dynamiclist } = await asked(c);
    requests.push(`PUT /api/v1/buildgroup.php ${(dynamiclist as unknown[]).length} builds`);
    if (!isKnown(c)) return c.json({ error: 'no' }, 403);
    standIn.dynamicList = dynamiclist as unknown[];
    return c.json({});
  });
  app.post('/api/v1/addBuild.php', async (c) => {
    const { site, name, stamp } = (await asked(c)) as Record<string, string>;
    requests.push('POST /api/v1/addBuild.php');
    const before = builds.size;
    const id = numberOf(site ?? '', name ?? '', stamp ?? '');
    return c.json({ buildid: Number(id) }, builds.size > before ? 201 : 200);
  });
  app.post('/api/v1/relateBuilds.php', async (c) => {
    const { buildid, relatedid, relationship } = (await asked(c)) as Record<string, string>;
    requests.push(`POST /api/v1/relateBuilds.php ${relationship}`);
    relations.push([String(buildid), String(relatedid)]);
    return c.json({});
  });
  return standIn;
}

function partOf(xml: string): string {
  const bare = xml.replace(/<!--[^]*?-->/g, '');
  const [, root = '?', part = ''] = /<\?xml[^>]*>\s*<(\w+)[^>]*>\s*(?:<(\w+)[\s>])?/.exec(bare) ?? [];
  return root === 'Site' ? `Site/${part}` : root;
}
