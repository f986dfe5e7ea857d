import { describe, expect, test } from 'vitest';
import type { Forge } from '../../forge/index.ts';
import { holdReason } from './forks.ts';
import type { ForgeLedger } from '../forge-ledger.ts';
import type { RequestRecord } from '../requests/request-ledger.ts';
import type { StackConfiguration } from '../configuration/stack-configuration.ts';

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

const approvalOf = (sha: string) => ({ sha, by: 'ada', at: '2026-01-01T00:00:00.000Z' });

/** A stack whose commits have these policies. */
function stackWith(policies: Readonly<Record<string, string>>) {
  const readFile: Forge['readFile'] = async (sha) => {
    const text = policies[sha];
    return text === undefined ? undefined : Buffer.from(text);
  };
  return { configuration: { name: 'lab', defaultBranch: 'main' } as StackConfiguration, forge: { readFile } as Forge };
}

describe('holdReason', () => {
  const textOf = async (...given: Parameters<typeof holdReason>) => (await holdReason(...given))?.description;
  const run = { [request.baseSha]: 'forks: run\n' };
  const ledger = { knownRefs: () => new Map() } as unknown as ForgeLedger;
  const able = { takesUntrusted: () => true, ledger };

  test('holds a fork unless the base branch says otherwise, whatever the head says', async () => {
    const held = /^Held, from a fork\. A maintainer can review and approve it/;
    expect(await textOf(able, stackWith({}), request)).toMatch(held);
    expect(await textOf(able, stackWith({ [request.headSha]: 'forks: run\n' }), request)).toMatch(held);
    expect(await holdReason(able, stackWith(run), request)).toBeUndefined();
  });

  test('holds where the base branch has a policy that cannot be read', async () => {
    expect(await textOf(able, stackWith({ [request.baseSha]: 'forks: yes please\n' }), request)).toMatch(/^Held/);
  });

  test('leaves the command to the detail, which has it whole', async () => {
    const stack = 'a-stack-with-a-name-of-some-length-for-the-tutorial';
    const long = await holdReason(able, stackWith({}), { ...request, stack });
    expect(long?.description).toBe('Held, from a fork. A maintainer can review and approve it: follow the link.');
    expect(long?.detail).toContain(`slipway approve --stack ${stack} --request 7 --sha ${request.headSha}`);
  });

  test('holds a draft that is from a fork for both reasons', async () => {
    const draft = { ...request, draft: true };
    expect(await textOf(able, stackWith(run), draft)).toMatch(/^Draft/);
    expect(await textOf(able, stackWith({ [request.baseSha]: 'drafts: run\n' }), draft)).toMatch(/^Held/);
  });

  test('lets the very head run that was approved, and no other', async () => {
    expect(
      await holdReason(able, stackWith({}), { ...request, approval: approvalOf(request.headSha) }),
    ).toBeUndefined();
    expect(await textOf(able, stackWith({}), { ...request, approval: approvalOf('c'.repeat(40)) })).toMatch(/^Held/);
  });

  test('holds all of them where no runner takes outsiders, and the team never', async () => {
    const unable = { takesUntrusted: () => false, ledger };
    const approved = { ...request, approval: approvalOf(request.headSha) };
    expect(await textOf(unable, stackWith(run), approved)).toContain('no runner here has a sandbox');
    expect(await holdReason(unable, stackWith({}), { ...request, fork: false })).toBeUndefined();
  });
});
