import type { Scope } from './scope.ts';

/** What an account at a forge is to a repository, from the one that is trusted least. */
export const tiers = ['outsider', 'first-time', 'contributor', 'trusted', 'maintainer'] as const;
export type Tier = (typeof tiers)[number];

const scopes: Readonly<Record<Tier, Scope>> = {
  outsider: 'read',
  'first-time': 'read',
  contributor: 'read',
  trusted: 'run',
  maintainer: 'approve',
};

/** Returns the scope on a stack that an account of a tier has for what it does at the forge. */
export function scopeOfTier(tier: Tier): Scope {
  return scopes[tier];
}
