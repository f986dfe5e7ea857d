import { expect, test } from 'vitest';
import { openLab } from '../../../test/support/coordinator.ts';
import { readAs } from '../../../test/support/read-as.ts';
import { ServerSettingsView } from '../../protocol/index.ts';

test('the settings are those that the server works with, without anything secret', async () => {
  const lab = await openLab({
    stack: {
      remote: 'https://user:planted-password@git.example.org/lab.git',
      triggerToken: { env: 'PLANTED_TRIGGER' },
      secrets: [{ name: 'LICENSE', from: { env: 'PLANTED_LICENSE' }, type: 'variable', scope: 'protected' }],
    },
    server: {
      network: { proxy: 'http://proxy:planted-password@proxy.example.org:3128', hosts: [{ host: 'example.org' }] },
      notifications: [{ name: 'team', slack: { url: { env: 'PLANTED_URL' } } }],
    },
  });
  const { groups } = await readAs(lab, { path: '/settings', schema: ServerSettingsView });
  expect(groups.map(({ title }) => title)).toEqual([
    'Server',
    'Stacks',
    'Runners',
    'Network of jobs',
    'Included texts',
    'Keys',
    'Quotas',
    'Notifications',
    'Retention and limits',
  ]);
  const valueOf = (title: string, label: string) =>
    groups
      .find((group) => group.title === title)
      ?.entries.flatMap(({ facts }) => facts)
      .find((fact) => fact.label === label)?.value;
  expect(valueOf('Server', 'base URL')).toBe(lab.context.baseUrl());
  expect(valueOf('Stacks', 'remote')).toBe('https://git.example.org/lab.git');
  expect(valueOf('Stacks', 'secret variables')).toBe('LICENSE');
  expect(valueOf('Network of jobs', 'further hosts')).toBe('example.org (sources)');
  expect(valueOf('Keys', 'fingerprint')).toBe(lab.context.signing.fingerprint);
  expect(valueOf('Retention and limits', 'artifacts are kept for')).toBe('30 d');
  expect(JSON.stringify(groups)).not.toMatch(/planted/i);
});
