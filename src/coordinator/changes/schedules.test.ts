import { describe, expect, test } from 'vitest';
import { openLab, tinyStack } from '../../../test/support/coordinator.ts';
import { testImage } from '../../../test/support/image.ts';
import { serveRegistry } from '../../../test/support/served-registry.ts';
import { readAudit } from '../../audit/index.ts';
import { publishImage } from '../../image/index.ts';
import { Schedules, nextRun } from './schedules.ts';
import { readServerConfiguration } from '../configuration/read-server-configuration.ts';

const at = (time: string): number => Date.parse(time);

describe('nextRun', () => {
  test('follows a cron pattern in UTC', () => {
    const nightly = { cron: '0 3 * * *', ref: 'main' };
    expect(nextRun(nightly, at('2026-03-01T02:59:59.999Z'))).toBe(at('2026-03-01T03:00:00Z'));
    expect(nextRun(nightly, at('2026-03-01T03:00:00Z'))).toBe(at('2026-03-02T03:00:00Z'));
  });

  test('counts an interval from 1970, so that no restart shifts it', () => {
    const hourly = { every: 3600, ref: 'main' };
    expect(nextRun(hourly, at('2026-03-01T10:20:00Z'))).toBe(at('2026-03-01T11:00:00Z'));
    expect(nextRun(hourly, at('2026-03-01T11:00:00Z'))).toBe(at('2026-03-01T12:00:00Z'));
  });
});

describe('a schedule in the configuration', () => {
  const faults = (schedule: string, rebase = '{ every: 86400 }'): readonly string[] => {
    const stack = `  - name: lab\n    remote: /r\n    schedules:\n      - ${schedule}\n    rebase: ${rebase}\n`;
    const text = `stacks:\n${stack}`;
    return readServerConfiguration(text, 'slipway.server.yaml').diagnostics.map(
      ({ line, message }) => `${line}: ${message}`,
    );
  };

  test('has either a pattern or an interval, and one that makes sense', () => {
    expect(faults('{ cron: "*/5 * * * *", ref: main }')).toEqual([]);
    expect(faults('{ every: 86400, ref: main }')).toEqual([]);
    expect(faults('{ ref: main }')).toEqual(['5: `stacks[0].schedules[0]`: a schedule has either `cron` or `every`.']);
    for (const cron of ['61 * * * *', 'daily', '* * * * * *', '0 0 30 2 *']) {
      expect(faults(`{ cron: "${cron}", ref: main }`)[0], cron).toContain('must be a cron pattern');
    }
    expect(faults('{ every: 86400, ref: main }', '{}')).toEqual([
      '6: `stacks[0].rebase`: a schedule has either `cron` or `every`.',
    ]);
  });
});

test('a schedule starts nothing beside a pipeline of the same commit that still runs', async () => {
  const lab = await openLab();
  const { sha, event } = lab.push('main');
  await lab.happens(event);
  const known = lab.context.ledger.knownRefs.bind(lab.context.ledger);
  lab.context.ledger.knownRefs = (stack) => new Map([...known(stack), ['refs/heads/main', sha]]);
  const schedules = new Schedules(lab.coordinator, async () => {});
  await schedules.run(lab.stack, { every: 3600, ref: 'main' });
  expect(lab.context.pipelines.list({})).toMatchObject([{ source: 'push' }]);
  await lab.workAll();
  await schedules.run(lab.stack, { every: 3600, ref: 'main' });
  expect(lab.context.pipelines.list({})).toMatchObject([{ source: 'schedule' }, { source: 'push' }]);
});

test('images whose base has moved are built again when it is time; what cannot be compared now is compared again soon', async () => {
  const { host, registry, repository } = await serveRegistry();
  const moveBase = async (text: string) =>
    publishImage(await testImage([[{ name: 'etc/motd', text }]]), repository('bases/small'), '1');
  await moveBase('first');
  const lab = await openLab({ registry: { wait: async () => undefined } });
  const rules = [{ branch: 'main', tag: 'latest' }];
  const images = [{ repository: 'lab/stack', base: `${host}/bases/small:1`, rules }];
  await lab.happens(lab.push('main', { ...tinyStack, 'slipway.yaml': JSON.stringify({ images }) }).event);
  await lab.workAll();
  const polled: string[] = [];
  const schedules = new Schedules(lab.coordinator, async (stack) => void polled.push(stack));

  expect(await schedules.rebase(lab.stack)).toBeUndefined();
  await moveBase('second');
  registry.disturb((line) => (line.includes('/bases/') ? 401 : undefined));
  expect(await schedules.rebase(lab.stack)).toBeUndefined();
  registry.disturb((line) => (line.includes('/bases/') ? 'cut' : undefined));
  expect(await schedules.rebase(lab.stack)).toBe(600_000);
  registry.disturb(() => undefined);
  expect(await schedules.rebase(lab.stack)).toBeUndefined();
  await lab.coordinator.settle();

  expect(polled).toEqual(['lab', 'lab', 'lab', 'lab']);
  expect(lab.publications()).toEqual(['latest published', 'latest published']);
  expect(lab.context.ledger.publications('lab')[1]?.rebase).toMatchObject({ by: 'schedule' });
  const audited = [...readAudit(lab.folder.audit, { action: 'image.rebase' })];
  expect(audited.map(({ who, outcome }) => `${who} ${outcome}`)).toEqual([
    'server failed',
    'server failed',
    'server done',
  ]);
});
