import { readFile } from 'node:fs/promises';
import type { Hono } from 'hono';
import { expect, test } from 'vitest';
import { openLab, type Lab } from '../../../test/support/coordinator.ts';
import { packageRoot } from '../../kit/index.ts';
import { createToken } from '../access/create-token.ts';
import { labApp } from '../../../test/support/lab-app.ts';

interface Site {
  readonly lab: Lab;
  readonly app: Hono;
  read(): Promise<string>;
}

async function openSite(): Promise<Site> {
  const lab = await openLab();
  const { access } = lab;
  const app = labApp(lab, {
    wake: () => true,
  });
  const request = { name: 'prometheus', scope: 'read', stacks: ['*'], days: 1 } as const;
  const parts = { access, credentials: lab.context.tokens };
  const { token } = createToken(parts, { ...request, stacks: ['*'] }, 'the test');
  const headers = { authorization: `Bearer ${token}` };
  return { lab, app, read: async () => (await app.request('/metrics', { headers })).text() };
}

/** The values of a metric by its labels. */
function valuesOf(text: string, name: string): Readonly<Record<string, number>> {
  const samples = text.split('\n').flatMap((line) => {
    const [, found, labels = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    return found === name ? [[labels, Number(value)] as const] : [];
  });
  return Object.fromEntries(samples);
}

test('jobs are counted once, by how they ended and how long they took', async () => {
  const { lab, read } = await openSite();
  await lab.happens(lab.push('main').event);
  expect(valuesOf(await read(), 'slipway_queue_jobs')).toEqual({ 'stack="lab",waits_for="slot"': 1 });
  await lab.workAll();
  const failing = { 'spack.yaml': 'spack: {}\n', '.gitlab-ci.yml': 'fails: { script: x }\n' };
  await lab.happens(lab.push('main', failing).event);
  await lab.finish((await lab.take())!, { state: 'failed', failure_reason: 'script_failure', exit_code: 1 });
  const text = await read();
  const ended = valuesOf(text, 'slipway_jobs_ended_total');
  expect(ended['stack="lab",status="failed",reason="script_failure"']).toBe(1);
  const succeeded = ended['stack="lab",status="success",reason=""'] as number;
  expect(succeeded).toBeGreaterThan(2);
  const durations = valuesOf(text, 'slipway_job_duration_seconds_bucket');
  expect(durations['stack="lab",status="failed",le="+Inf"']).toBe(1);
  expect(valuesOf(text, 'slipway_mirror_packages')).toEqual({ 'stack="lab"': 2 });
  expect(valuesOf(text, 'slipway_queue_oldest_seconds')).toEqual({ 'stack="lab"': 0 });
  expect(text).toContain('\nslipway_draining 0\n');
  await lab.context.drain.run(AbortSignal.abort());
  expect(await read()).toContain('\nslipway_draining 1\n');
});

test('requests are counted by their routes, unknown ones together', async () => {
  const { app, read } = await openSite();
  for (const path of ['/hooks/github/lab', '/hooks/github/other', '/a', '/b'])
    await app.request(path, { method: 'POST' });
  const counted = valuesOf(await read(), 'slipway_http_requests_total');
  expect(counted).toEqual({
    'method="POST",route="/hooks/:forge/:stack",status="401"': 2,
    'method="other",route="none",status="404"': 2,
  });
});

test('a client that watches events counts while it does', async () => {
  const { app, read } = await openSite();
  const streams = async () => Object.values(valuesOf(await read(), 'slipway_event_streams'));
  const reader = (await app.request('/api/v1/events')).body?.getReader();
  await reader?.read();
  expect(await streams()).toEqual([1]);
  await reader?.cancel();
  expect(await streams()).toEqual([0]);
});

test('the dashboard for Grafana asks for metrics that there are', async () => {
  const { lab, read } = await openSite();
  await lab.happens(lab.push('main').event);
  await lab.workAll();
  const text = await read();
  const dashboard = await readFile(`${packageRoot()}/examples/grafana/slipway.json`, 'utf8');
  const expressions = [...dashboard.matchAll(/"expr": "((?:[^"\\]|\\.)*)"/g)].map(
    ([, expression]) => expression as string,
  );
  expect(expressions.length).toBeGreaterThan(10);
  const names = expressions.flatMap((expression) => expression.match(/\b(?:slipway|process|nodejs)_\w+/g) ?? []);
  const known = new Set(
    [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].flatMap(([, name = '', type = '']) => seriesOf(name, type)),
  );
  expect(names.filter((name) => !known.has(name))).toEqual([]);
});

function seriesOf(name: string, type: string): readonly string[] {
  if (type === 'counter') return [`${name}_total`];
  if (type === 'info') return [`${name}_info`];
  return type === 'histogram' ? ['bucket', 'sum', 'count'].map((part) => `${name}_${part}`) : [name];
}
