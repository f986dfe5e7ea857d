import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Forge } from '../../src/forge/index.ts';
import type { ForgeStandIn } from './forge-stand-in.ts';

interface Inhabited<Site extends ForgeStandIn> {
  readonly open: () => Promise<Site>;
  readonly forgeFor: (site: Site) => Forge;
  /** Paths of the two questions. */
  readonly permission: RegExp;
  readonly comments: RegExp;
}

/** What every forge must report of people: what they say on requests, and what they may do. */
export function peopleContract<Site extends ForgeStandIn>(
  name: string,
  { open, forgeFor, permission, comments }: Inhabited<Site>,
): void {
  describe(`people on ${name}`, () => {
    let site: Site;
    let forge: Forge;
    const past = '2020-01-01T00:00:00.000Z';
    const read = async (since = past) => (await forge.comments?.(since)) ?? [];
    beforeEach(async () => {
      site = await open();
      forge = forgeFor(site);
    });

    afterEach(async () => {
      const { violations } = site.api;
      await site.dispose();
      expect(violations).toEqual([]);
    });

    test('comment on requests, and each comment has an id of its own', async () => {
      await site.say(1, 'ada', '/slipway run\nplease');
      await site.say(2, 'mallory', 'Nice');
      const [first, second, ...others] = (await read()).toSorted((one, other) => Number(one.id) - Number(other.id));
      expect(first).toMatchObject({ request: '1', author: 'ada', text: '/slipway run\nplease' });
      expect(first).toMatchObject({ isEdited: false, isBot: false });
      expect(second).toMatchObject({ request: '2', author: 'mallory', text: 'Nice' });
      expect([first?.id === second?.id, others]).toEqual([false, []]);
      expect(Date.parse(first?.at ?? '')).toBeGreaterThan(Date.now() - 60_000);
    });

    test('change comments, which is reported', async () => {
      const id = await site.say(1, 'ada', 'Nice');
      site.edit(id, '/slipway run');
      expect(await read()).toMatchObject([{ text: '/slipway run', isEdited: true }]);
    });

    test('say much: all that is new is read, however many pages it has', async () => {
      for (let count = 0; count < 130; count += 1)
        site.api.comments.push({
          id: count + 1,
          request: 1,
          author: 'ada',
          body: 'Old',
          at: '2026-01-15T09:30:00.000Z',
        });
      await site.say(1, 'ada', '/slipway help');
      expect(await read('2026-01-15T00:00:00.000Z')).toHaveLength(131);
      expect((await read('2026-01-16T00:00:00.000Z')).map(({ text }) => text)).toEqual(['/slipway help']);
    });

    test('may have a role, which is read each time, or none', async () => {
      for (const role of ['admin', 'maintain', 'write', 'triage', 'read']) {
        site.api.roles.set('ada', role);
        expect(await forge.permission?.('ada')).toBe(role);
      }
      expect(['read', 'none']).toContain(await forge.permission?.('stranger'));
      expect(['read', 'none']).toContain(await forge.permission?.('../../ada?admin#'));
    });

    test('may be asked for again while the forge does not answer', async () => {
      site.fail({ on: permission, status: 502, times: 9 });
      await expect(forge.permission?.('ada')).rejects.toMatchObject({ status: 502 });
      site.fail({ on: comments, status: 403 });
      await expect(read()).rejects.toMatchObject({ code: expect.stringMatching(/FORBIDDEN$/) });
    });
  });
}
