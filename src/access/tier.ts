/** What an account at a forge is to a repository, from the one that is trusted least. */
export const tiers = ['outsider', 'first-time', 'contributor', 'trusted', 'maintainer'] as const;
export type Tier = (typeof tiers)[number];
