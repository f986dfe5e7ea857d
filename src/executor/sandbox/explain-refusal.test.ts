import { expect, test } from 'vitest';
import { explainRefusal } from './explain-refusal.ts';

const REASONS = ['bwrap: exit status 1: bwrap: No permissions to create new namespace', 'perl: it is not installed'];

function remedy(settings: Readonly<Record<string, string>>, isContainer = false): string {
  return explainRefusal(REASONS, { setting: (name) => settings[name], isContainer });
}

test.each([
  ['user/max_user_namespaces', '0', 'sysctl -w user.max_user_namespaces=15000'],
  ['kernel/unprivileged_userns_clone', '0', 'sysctl -w kernel.unprivileged_userns_clone=1'],
  ['kernel/apparmor_restrict_unprivileged_userns', '1', 'apparmor_parser -r /etc/apparmor.d/bwrap'],
])('what %s forbids is reported with the command that allows it', (setting, value, command) => {
  expect(remedy({ [setting]: value })).toContain(command);
  expect(remedy({ [setting]: '1' === value ? '0' : '1' })).not.toContain(command);
});

test('in a container the remedy is how to start it', () => {
  expect(remedy({}, true)).toMatch(/--security-opt seccomp=unconfined .*procMount: Unmasked/);
});

test('where nothing is installed the remedy is a program', () => {
  expect(explainRefusal(['bwrap: it is not installed', 'perl: it is not installed'])).toContain(
    'apt-get install bubblewrap',
  );
});
