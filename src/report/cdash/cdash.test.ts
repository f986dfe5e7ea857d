import { beforeEach, describe, expect, test } from 'vitest';
import { cdashStandIn, type CdashStandIn } from '../../../test/support/cdash.ts';
import { Secret } from '../../kit/index.ts';
import { BuildRecorder } from '../build/build-recorder.ts';
import type { BuildReport } from './build-documents.ts';
import { dateTime, fittingName } from './build-identity.ts';
import { CdashClient, type CdashWorld } from './cdash-client.ts';
import { keepGroups } from './keep-groups.ts';
import { submitBuild, type CdashApi } from './submit-build.ts';

const NOW = Date.UTC(2026, 10, 25, 10, 43, 7);
const identity = {
  site: 'lab',
  name: 'zoo@2%gcc@12 hash=abc arch=linux (Nightly)',
  stamp: '20261125-1043-Nightly',
  generator: 'slipway-1.0.0',
  host: { OSName: 'Linux' },
};

let cdash: CdashStandIn;
let waits: number[];
let now: number;

beforeEach(() => {
  cdash = cdashStandIn({ project: 'Lab Stack', token: 'sesame' });
  waits = [];
  now = NOW;
});

function client(options: { token?: string; project?: string; world?: Partial<CdashWorld> } = {}): CdashClient {
  const { token = 'sesame', project = 'Lab Stack', world = {} } = options;
  const place = { url: 'http://cdash.test/', project, token: new Secret(token) };
  return new CdashClient(place, {
    fetch: cdash.fetch,
    clock: { now: () => now },
    wait: async (milliseconds) => {
      waits.push(milliseconds);
      now += milliseconds;
    },
    random: () => 0.5,
    ...world,
  });
}

function reportOf(lines: readonly string[], message?: string): BuildReport {
  const recorder = new BuildRecorder({ now: () => NOW });
  for (const line of lines) recorder.add(line);
  const record = recorder.finish(message === undefined ? undefined : { message });
  return { identity, record, command: 'slipway rebuild zoo@2', revision: 'c0ffee' };
}

const LOG = ["zoo: Executing phase: 'cmake'", "zoo: Executing phase: 'build'", 'zoo.c:3:1: error: nope', 'zoo@2: test'];

async function submit(with_: CdashClient, api: CdashApi = 'plain', related: readonly string[] = []) {
  return submitBuild(with_, { api, report: reportOf(LOG), related: async () => related, now: NOW });
}

describe('reporting a build', () => {
  test('sends the parts as CTest does', async () => {
    expect(await submit(client())).toEqual({
      buildId: '100',
      page: 'http://cdash.test/buildSummary.php?buildid=100',
      faults: [],
    });
    expect(cdash.requests).toEqual([
      'PUT /submit.php Update',
      'PUT /submit.php Site/Configure',
      'PUT /submit.php Site/Build',
      'PUT /submit.php Site/Testing',
      'PUT /submit.php Done',
    ]);
    expect(new Set(cdash.uploads.map(({ build }) => build))).toEqual(new Set([identity.name]));
  });

  test('registers and relates it first and last where CDash is of the time of Spack 0.16', async () => {
    await submit(client(), 'related', ['7', '8']);
    expect(cdash.requests).toMatchInlineSnapshot(`
      [
        "POST /api/v1/addBuild.php",
        "PUT /submit.php Update",
        "PUT /submit.php Site/Configure",
        "PUT /submit.php Site/Build",
        "PUT /submit.php Site/Testing",
        "POST /api/v1/relateBuilds.php depends on",
        "POST /api/v1/relateBuilds.php depends on",
        "PUT /submit.php Done",
      ]
    `);
    expect(cdash.relations).toEqual([
      ['100', '7'],
      ['100', '8'],
    ]);
  });

  test('reports the error of a failed build with its position and context', async () => {
    const lines = [LOG[1] ?? '', 'cc -c zoo.c', LOG[2] ?? '', 'make: stop'];
    await submitBuild(client(), {
      api: 'plain',
      report: reportOf(lines, 'step failed'),
      related: async () => [],
      now: NOW,
    });
    const build = cdash.uploads.find(({ part }) => part === 'Site/Build')?.xml;
    expect(build?.slice(build.indexOf('<Build>'))).toMatchInlineSnapshot(`
      "<Build>
      		<StartDateTime>Nov 25 10:43 UTC</StartDateTime>
      		<StartBuildTime>1795603387</StartBuildTime>
      		<BuildCommand>slipway rebuild zoo@2</BuildCommand>
      		<Error>
      			<BuildLogLine>2</BuildLogLine>
      			<Text>zoo.c:3:1: error: nope</Text>
      			<SourceFile>zoo.c</SourceFile>
      			<SourceLineNumber>3</SourceLineNumber>
      			<PreContext>cc -c zoo.c
      </PreContext>
      			<PostContext>make: stop
      </PostContext>
      			<RepeatCount>0</RepeatCount>
      		</Error>
      		<Log Encoding="base64" Compression="bin/gzip"/>
      		<EndDateTime>Nov 25 10:43 UTC</EndDateTime>
      		<EndBuildTime>1795603387</EndBuildTime>
      		<ElapsedMinutes>0</ElapsedMinutes>
      	</Build>
      </Site>
      "
    `);
  });

  test('tries again what may pass, each time after a longer wait, and sends again what arrived damaged', async () => {
    cdash.failNext(503, 500, 'damaged');
    const { faults, buildId } = await submit(client());
    expect(faults).toEqual([]);
    expect(buildId).toBe('100');
    expect(waits).toEqual([750, 1500, 3000]);
  });

  test('reports at once how to trust the certificate of a private authority', async () => {
    const cause = Object.assign(new Error('self-signed certificate'), { code: 'SELF_SIGNED_CERT_IN_CHAIN' });
    const fetch = async () => Promise.reject(new TypeError('fetch failed', { cause }));
    const { faults } = await submit(client({ world: { fetch } }));
    expect(faults).toMatchObject([{ code: 'CDASH_UNREACHABLE', hint: expect.stringContaining('NODE_EXTRA_CA_CERTS') }]);
    expect(waits).toEqual([]);
  });

  test('gives up a CDash that is down after four attempts, with one warning for all', async () => {
    const down = async () => Promise.reject(new TypeError('fetch failed', { cause: new Error('ECONNREFUSED') }));
    const { faults, buildId } = await submit(client({ world: { fetch: down } }));
    expect(buildId).toBeUndefined();
    expect(faults.map(({ code, message }) => [code, message])).toEqual([
      [
        'CDASH_UNREACHABLE',
        `CDash \`http://cdash.test\` did not receive Update.xml of \`${identity.name}\`: ECONNREFUSED.`,
      ],
    ]);
    expect(waits).toHaveLength(3);
  });

  test('does not wait for a CDash that does not answer', async () => {
    cdash.failNext('hang', 'hang', 'hang', 'hang');
    // The stand-in does not notice an abort, like a server that hangs.
    const fetch: CdashWorld['fetch'] = async (url, init) =>
      Promise.race([
        cdash.fetch(url, init),
        new Promise<never>((_, reject) =>
          init.signal?.addEventListener('abort', () => reject(init.signal?.reason as Error)),
        ),
      ]);
    const { faults } = await submit(client({ world: { fetch, requestTimeout: 5 } }));
    expect(faults).toMatchObject([{ code: 'CDASH_UNREACHABLE', details: { reason: 'it does not answer in time' } }]);
  });

  test('stays within its patience, however often CDash asks to come back later', async () => {
    const fetch = async () => new Response('', { status: 429, headers: { 'retry-after': '50' } });
    const { faults } = await submit(client({ world: { fetch, patience: 60_000 } }));
    expect(waits).toEqual([50_000]);
    expect(faults).toHaveLength(1);
  });

  test('asks no more once the token was refused, and says which to give', async () => {
    const { faults } = await submit(client({ token: 'wrong' }));
    expect(cdash.requests).toEqual(['PUT /submit.php Update']);
    expect(faults.map(({ code, message }) => [code, message])).toEqual([
      [
        'CDASH_TOKEN_REFUSED',
        `CDash \`http://cdash.test\` refused the token for Update.xml of \`${identity.name}\`: it answered 401 (Invalid Token).`,
      ],
    ]);
    expect(faults[0]?.hint).toContain('CDASH_AUTH_TOKEN');
    expect(JSON.stringify(faults)).not.toContain('wrong');
  });

  test('of a project that is not there', async () => {
    const { faults } = await submit(client({ project: 'Other' }));
    expect(faults[0]).toMatchObject({ code: 'CDASH_REFUSED' });
    expect(faults[0]?.message).toContain('Not a valid project.');
    expect(faults[0]?.hint).toContain('project `Other`');
  });
});

describe('build groups', () => {
  const request = { group: 'Nightly', site: 'lab', builds: ['a', 'b'] };

  test('are made once, and another when the stack names another', async () => {
    expect(await keepGroups(client(), { ...request, api: 'plain' })).toEqual([]);
    await keepGroups(client(), { ...request, api: 'plain' });
    await keepGroups(client(), { ...request, group: 'Release 2', api: 'plain' });
    expect([...cdash.groups.keys()]).toEqual(['Nightly (Daily)', 'Release 2 (Daily)']);
  });

  test('were two, and a list of builds, at the time of Spack 0.16', async () => {
    await keepGroups(client(), { ...request, api: 'related' });
    expect(cdash.requests).toEqual([
      'POST /api/v1/buildgroup.php Nightly (Daily)',
      'POST /api/v1/buildgroup.php Latest Nightly (Latest)',
      'PUT /api/v1/buildgroup.php 2 builds',
    ]);
    expect(cdash.dynamicList).toEqual([
      { match: 'a', parentgroupid: 1, site: 'lab' },
      { match: 'b', parentgroupid: 1, site: 'lab' },
    ]);
  });

  test('that the token may not make are a warning', async () => {
    const [fault] = await keepGroups(client({ token: 'weak' }), { ...request, api: 'plain' });
    expect(fault).toMatchObject({ code: 'CDASH_TOKEN_REFUSED' });
    expect(fault?.message).toContain('the build group `Nightly`');
    expect(fault?.hint).toContain('administrators');
  });
});

test('a name that is too long for CDash keeps its group', () => {
  const name = `zoo@2 variant=${'x'.repeat(300)} (Nightly)`;
  expect(fittingName(name)).toHaveLength(190);
  expect(fittingName(name)).toMatch(/x… \(Nightly\)$/);
  expect(fittingName(identity.name)).toBe(identity.name);
});

test('a time is written as CTest writes it', () => {
  expect(dateTime(NOW)).toBe('Nov 25 10:43 UTC');
});
