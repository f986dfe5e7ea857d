import { rm } from 'node:fs/promises';
import { settingsOf } from '../../src/coordinator/configuration/server-settings.ts';
import { systemClock } from '../../src/kit/index.ts';
import { includeLibrary, stackIncludes } from '../../src/server/assembly/open-includes.ts';
import { openLab, type Lab } from '../support/coordinator.ts';
import { openIncludeHosts, type IncludeHosts } from '../support/include-hosts.ts';
import type { Attack } from './attack.ts';

/** An attack by what a configuration includes from elsewhere, or by what is there. */
export interface IncludeAttack extends Attack {
  /** Returns whether it succeeded. */
  attempt(site: IncludingSite): Promise<boolean>;
  /** The same without the protection, or what is like it and permitted, on another site. Must return true. */
  control(site: IncludingSite): Promise<boolean>;
}

/** A server that permits some hosts, and these hosts. */
interface IncludingSite extends IncludeHosts {
  readonly lab: Lab;
  /** Pushes a configuration that includes this; returns the scripts of the pipeline that it makes, if there is one. */
  run(
    include: unknown,
    more?: { readonly fork?: boolean; readonly jobs?: object },
  ): Promise<readonly string[] | undefined>;
}

const TOKEN = 'planted-token-of-includes';
const includes = {
  hosts: ['ci.example.org', 'inner.example.org'].map((host) => ({ host })),
  projects: [{ project: 'group/*', url: 'https://gitlab.example.org', token: { env: 'TOKEN' } }],
};

export async function includingSite(): Promise<IncludingSite> {
  const [lab, hosts] = [await openLab(), await openIncludeHosts()];
  const settings = settingsOf({ includes }, { TOKEN });
  const parts = { settings, folder: lab.folder, clock: systemClock, env: {}, includeNetwork: hosts };
  const library = await includeLibrary(parts, () => lab.context.baseUrl());
  Object.assign(lab.stack, { includes: await stackIncludes(lab.stack.configuration, library, settings) });
  const run: IncludingSite['run'] = async (include, { fork = false, jobs = {} } = {}) => {
    const text = JSON.stringify({ include, ...jobs });
    const { sha } = lab.push('change', { 'slipway.yaml': 'forks: run\n', '.gitlab-ci.yml': text });
    await lab.happens(lab.forge.request('7', sha, { fork }));
    const made = lab.context.pipelines.list({ stack: 'lab' }).find(({ head }) => head === sha);
    return made && lab.context.pipelines.state(made.id).plan.jobs.flatMap(({ script }) => script);
  };
  return { ...hosts, lab, run };
}

const text = (script: string) => JSON.stringify({ work: { script: [script] } });
const page = 'https://ci.example.org/a.yml';
const SECRET = 'text of an inner service';

const redirect: (site: IncludingSite) => Promise<boolean> = async ({ pages, run }) => {
  pages['ci.example.org/a.yml'] = (_, response) =>
    void response.writeHead(302, { Location: 'https://inner.example.org/' }).end();
  pages['inner.example.org/'] = text(SECRET);
  return (await run(page))?.includes(SECRET) === true;
};

const named: (site: IncludingSite) => Promise<boolean> = async ({ pages, run }) => {
  pages['inner.example.org/'] = text(SECRET);
  return (await run('https://inner.example.org/'))?.includes(SECRET) === true;
};

const tricks: readonly unknown[] = [
  { remote: 'file:///etc/hostname' },
  { remote: 'http://ci.example.org/a.yml' },
  { remote: 'https://ci.example.org@inner.example.net/a.yml' },
  { template: '../../../../etc/secret.yml' },
  ...['file:///srv/x', 'git://ci.example.org/x', 'group/../../other/x', 'group/..%2f..%2fother', 'group/x?a=/'].map(
    (project) => ({ project, file: 'a.yml' }),
  ),
  { project: 'group/ci', file: '../../../admin/a.yml' },
  { project: 'group/ci', file: 'a.yml', ref: '--upload-pack=touch planted' },
  { project: 'group/ci', file: 'a.yml', ref: '../../../admin' },
];

const api = 'gitlab.example.org/api/v4/projects/group%2Fci/repository';
const project = { project: 'group/ci', file: 'a.yml' };
const SHA = 'c'.repeat(40);
const hasToken = ({ requests }: IncludingSite, host: string) =>
  requests.some(({ page: asked, headers }) => asked.startsWith(host) && headers['private-token'] === TOKEN);

/** A pipeline whose child includes the same text again, after the host has changed it and the server lost its copy. */
async function childText({ lab, pages, run }: IncludingSite): Promise<readonly string[]> {
  pages['ci.example.org/a.yml'] = text('reviewed');
  await run(page, {
    jobs: { child: { trigger: { include: [{ remote: page }], strategy: 'depend' }, when: 'manual' } },
  });
  const id = lab.context.pipelines.list({ stack: 'lab' })[0]?.id ?? '';
  pages['ci.example.org/a.yml'] = text('changed');
  await rm(lab.folder.includes, { recursive: true, force: true });
  lab.coordinator.driver.dispatch(id, { type: 'play', job: 'child', at: lab.coordinator.driver.now });
  await lab.coordinator.settle();
  const children = lab.context.pipelines.children(id);
  return children.flatMap((child) => lab.context.pipelines.state(child.id).plan.jobs.flatMap(({ script }) => script));
}

export const includeAttacks: readonly IncludeAttack[] = [
  {
    threat: 'T17',
    what: 'has a permitted host redirect the server to an inner address',
    protection: 'each redirect is checked like the first URL: host, address and TLS',
    attempt: async (site) => {
      site.addresses['inner.example.org'] = ['10.0.0.7'];
      return redirect(site);
    },
    control: redirect,
  },
  {
    threat: 'T17',
    what: 'includes a text of a host whose name leads to the loopback of the server',
    protection: 'a name is resolved once, and all its addresses are checked',
    attempt: async (site) => {
      site.addresses['inner.example.org'] = ['93.184.216.34', '127.0.0.1'];
      return named(site);
    },
    control: named,
  },
  {
    threat: 'T17',
    what: 'includes a text by a URL, path, ref or name that leads elsewhere',
    protection: 'only `https` URLs, and names of projects, files and refs without dots and options',
    attempt: async ({ requests, run }) => {
      for (const include of tricks) if ((await run(include)) !== undefined) return true;
      return requests.length > 0;
    },
    control: async ({ pages, run }) => {
      pages[`${api}/commits/HEAD`] = JSON.stringify({ id: SHA });
      pages[`${api}/files/a.yml/raw?ref=${SHA}`] = text('true');
      return (await run(project)) !== undefined;
    },
  },
  {
    threat: 'T17',
    what: 'adds an include in the pipeline of a fork',
    protection: 'a fork includes only what its base branch includes',
    attempt: async ({ pages, requests, run }) => {
      pages['ci.example.org/a.yml'] = text('true');
      return (await run(page, { fork: true })) !== undefined || requests.length > 0;
    },
    control: async ({ pages, run }) => {
      pages['ci.example.org/a.yml'] = text('true');
      return (await run(page)) !== undefined;
    },
  },
  {
    threat: 'T2',
    what: 'has the server of a project redirect the request with the token to another host',
    protection: 'requests of a project stay at the address in the configuration',
    attempt: async (site) => {
      site.pages[`${api}/commits/HEAD`] = (_, response) =>
        void response.writeHead(302, { Location: 'https://ci.example.org/' }).end();
      await site.run(project);
      return hasToken(site, 'ci.example.org');
    },
    control: async (site) => {
      await site.run(project);
      return hasToken(site, 'gitlab.example.org');
    },
  },
  {
    threat: 'T10',
    what: 'changes an included text while its pipeline runs',
    protection: 'the pipeline keeps the digest of each text, which child pipelines must find again',
    attempt: async (site) => (await childText(site)).includes('changed'),
    control: async (site) => {
      await childText(site);
      return (await site.run(page))?.includes('changed') === true;
    },
  },
  {
    threat: 'T15',
    what: 'includes a text without end',
    protection: 'limits of size and time for each text, and for all of a pipeline',
    attempt: async ({ pages, run }) => {
      pages['ci.example.org/a.yml'] = (_, response) => {
        const send = () => {
          while (response.write('# a comment\n'.repeat(1000)));
        };
        response.on('drain', send).on('error', () => undefined);
        send();
      };
      return (await run(page)) !== undefined;
    },
    control: async ({ pages, run }) => {
      pages['ci.example.org/a.yml'] = text('true') + '\n# a comment'.repeat(100_000);
      return (await run(page)) !== undefined;
    },
  },
  {
    threat: 'T15',
    what: 'keeps the server waiting for a text',
    protection: 'limits of size and time for each text, and for all of a pipeline',
    attempt: async ({ pages, run }) => {
      pages['ci.example.org/a.yml'] = (_, response) => void response.write('#');
      return (await run(page)) !== undefined;
    },
    control: async ({ pages, run }) => {
      pages['ci.example.org/a.yml'] = (_, response) => {
        response.write('# ');
        response.end(`\n${text('true')}`);
      };
      return (await run(page)) !== undefined;
    },
  },
];
