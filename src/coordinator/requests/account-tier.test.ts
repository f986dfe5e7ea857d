import { describe, expect, test } from 'vitest';
import type { Forge } from '../../forge/index.ts';
import { accountTier } from './account-tier.ts';

type Permission = Awaited<ReturnType<NonNullable<Forge['permission']>>>;

const lists = { maintainers: ['grace', 'lab-*'], trusted: ['linus'] };
const forge = (permission: Permission) => ({ permission: async () => permission });

describe('the tier of an account', () => {
  test.each<[Permission, string]>([
    ['admin', 'maintainer'],
    ['maintain', 'maintainer'],
    ['write', 'trusted'],
    ['triage', 'contributor'],
    ['read', 'outsider'],
    ['none', 'outsider'],
  ])('that has %s is %s', async (permission, tier) => {
    expect(await accountTier(forge(permission), { name: 'ada' }, undefined)).toBe(tier);
  });

  test('follows from what it was to the repository before, where that is all that is known', async () => {
    const tierOf = (association: string, permission: Permission = 'read') =>
      accountTier(forge(permission), { name: 'ada', association }, lists);
    expect(await tierOf('CONTRIBUTOR')).toBe('contributor');
    expect(await tierOf('FIRST_TIME_CONTRIBUTOR')).toBe('first-time');
    expect(await tierOf('NONE')).toBe('outsider');
    expect(await tierOf('OWNER')).toBe('contributor');
    expect(await tierOf('constructor')).toBe('outsider');
  });

  test('can be raised by the lists of the policy, by whole names', async () => {
    const tierOf = (name: string) => accountTier(forge('none'), { name }, lists);
    expect(await tierOf('Grace')).toBe('maintainer');
    expect(await tierOf('lab-lead')).toBe('maintainer');
    expect(await tierOf('linus')).toBe('trusted');
    expect(await tierOf('linus-2')).toBe('outsider');
  });

  test('is unknown where names prove nothing, whatever the lists hold', async () => {
    expect(await accountTier({}, { name: 'grace' }, lists)).toBeUndefined();
  });

  test('is an error while the forge does not answer', async () => {
    const down = { permission: async () => Promise.reject(new Error('502')) };
    await expect(accountTier(down, { name: 'ada' }, lists)).rejects.toMatchObject({ code: 'PERMISSION_UNKNOWN' });
  });
});
