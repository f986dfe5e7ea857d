import { describe, expect, test } from 'vitest';
import type { Forge } from '../../forge/index.ts';
import { holdReason } from './forks.ts';
import type { RequestRecord } from '../ports.ts';
import type { StackConfiguration } from '../stack-configuration.ts';

const request: RequestRecord = {
  number: '7',
  title: 'A change',
  headSha: 'b'.repeat(40),
  baseBranch: 'main',
  baseSha: 'a'.repeat(40),
  fork: true,
  author: 'Somebody',
  stack: 'lab',
  state: 'open',
};

/** A stack whose commits have these policies. */
function stackWith(policies: Readonly<Record<string, string>>) {
  const readFile: Forge['readFile'] = async (sha) => {
    const text = policies[sha];
    return text === undefined ? undefined : Buffer.from(text);
  };
  return { configuration: { name: 'lab' } as StackConfiguration, forge: { readFile } as Forge };
}

describe('holdReason', () => {
  const run = { [request.baseSha]: 'forks: run\n' };
  const able = { takesUntrusted: true };

  test('holds a fork unless the base branch says otherwise, whatever the head says', async () => {
    const held = /^Held, from a fork.*--request 7 --sha b{40}$/;
    expect(await holdReason(able, stackWith({}), request)).toMatch(held);
    expect(await holdReason(able, stackWith({ [request.headSha]: 'forks: run\n' }), request)).toMatch(held);
    expect(await holdReason(able, stackWith(run), request)).toBeUndefined();
  });

  test('holds where the base branch has a policy that cannot be read', async () => {
    expect(await holdReason(able, stackWith({ [request.baseSha]: 'forks: yes please\n' }), request)).toMatch(/^Held/);
  });

  test('lets the very head run that was approved, and no other', async () => {
    expect(await holdReason(able, stackWith({}), { ...request, approvedSha: request.headSha })).toBeUndefined();
    expect(await holdReason(able, stackWith({}), { ...request, approvedSha: 'c'.repeat(40) })).toMatch(/^Held/);
  });

  test('holds all of them where no runner takes outsiders, and the team never', async () => {
    const unable = { takesUntrusted: false };
    const approved = { ...request, approvedSha: request.headSha };
    expect(await holdReason(unable, stackWith(run), approved)).toContain('no runner here has a sandbox');
    expect(await holdReason(unable, stackWith({}), { ...request, fork: false })).toBeUndefined();
  });
});
