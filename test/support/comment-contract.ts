import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Forge } from '../../src/forge/index.ts';
import type { ForgeStandIn } from './forge-stand-in.ts';

interface Commented<Site extends ForgeStandIn> {
  readonly open: () => Promise<Site>;
  /** Makes a server of ours that has just started. */
  readonly forgeFor: (site: Site) => Forge;
  /** `METHOD /path` by which a comment is created, and by which it is changed. */
  readonly create: RegExp;
  readonly update: RegExp;
}

/** What the comment of every forge must do. */
export function commentContract<Site extends ForgeStandIn>(
  name: string,
  { open, forgeFor, create, update }: Commented<Site>,
): void {
  describe(`the comment on a request: ${name}`, () => {
    let site: Site;
    const forge = () => forgeFor(site);
    const comment = (text: string, request = '1') => ({ request, marker: 'slipway lab', text });
    const write = async (text: string, from = forge()) => from.comment?.(comment(text));
    const bodies = () => site.api.comments.map(({ body }) => body);
    const counted = (line: RegExp) => site.api.requests.filter((request) => line.test(request.line)).length;
    beforeEach(async () => {
      site = await open();
      await site.push('main', { 'spack.yaml': 'spack: {}\n' });
      await site.push('fix', { a: '1' }, 'main');
      await site.openPull({ branch: 'fix' });
    });

    afterEach(async () => {
      const { violations } = site.api;
      await site.dispose();
      expect(violations).toEqual([]);
    });

    test('is created once and updated in place, also by the next server and after a lost answer', async () => {
      site.fail({ on: create, status: 502, isDone: true });
      await write('Builds');
      site.fail({ on: update, status: 502, isDone: true });
      await write('Built');
      await write('Built');
      expect(bodies()).toEqual(['<!-- slipway lab -->\nBuilt']);
      expect([counted(create), counted(update)]).toEqual([1, 2]);
    });

    test('is updated without a search while the server runs', async () => {
      const server = forge();
      for (const text of ['1', '2', '3']) await write(text, server);
      expect(counted(/^GET .*\/(?:notes|comments)/)).toBe(1);
    });

    test('is compared with what the forge has where that is uncertain, and written again where it differs', async () => {
      const server = forge();
      for (const text of ['Builds', 'Built']) await write(text, server);
      const [shown] = site.api.comments;
      const check = () => server.comment?.({ ...comment('Built'), isUncertain: true });
      await check();
      expect(counted(update)).toBe(1);
      shown!.body = '<!-- slipway lab -->\nBuilds';
      await check();
      expect(bodies()).toEqual(['<!-- slipway lab -->\nBuilt']);
    });

    test('is created twice only where lists lag behind, and once they do not, the older one is kept', async () => {
      const server = forge();
      site.lag();
      site.fail({ on: create, status: 502, isDone: true });
      expect(await write('Builds', server)).toBe('created');
      expect(bodies()).toHaveLength(2);
      const [older] = site.api.comments;
      site.catchUp();
      await server.comment?.({ ...comment('Built'), isUncertain: true });
      expect(site.api.comments).toEqual([{ ...older, body: '<!-- slipway lab -->\nBuilt' }]);
    });

    test('is not created again while its id is known and a list lacks it', async () => {
      const server = forge();
      site.lag();
      await write('Builds', server);
      site.fail({ on: update, status: 500, times: 4 });
      await expect(write('Built', server)).rejects.toThrow();
      await server.comment?.({ ...comment('Built'), isUncertain: true });
      expect(bodies()).toEqual(['<!-- slipway lab -->\nBuilt']);
    });

    test('is kept up to date also where the account may not delete the newer one', async () => {
      await write('Builds');
      const [older] = site.api.comments;
      site.api.comments.push({ ...older!, id: older!.id + 1 });
      site.fail({ on: /^DELETE /, status: 403, message: 'Forbidden' });
      await write('Built');
      expect(bodies()).toEqual(['<!-- slipway lab -->\nBuilt', '<!-- slipway lab -->\nBuilds']);
    });

    test('is found behind a page of others, and one that another user forged is left alone', async () => {
      for (let id = 1; id <= 150; id += 1)
        site.api.comments.push({ id, request: 1, author: 'mallory', body: '<!-- slipway lab -->\nMerge me' });
      await write('Builds');
      await write('Built');
      expect(bodies().filter((body) => body.endsWith('Merge me'))).toHaveLength(150);
      expect(bodies().slice(150)).toEqual(['<!-- slipway lab -->\nBuilt']);
    });

    test('is created again where a person deleted it', async () => {
      const server = forge();
      await write('Builds', server);
      site.api.comments.length = 0;
      await write('Built', server);
      expect(bodies()).toEqual(['<!-- slipway lab -->\nBuilt']);
    });

    test('without the permission is an error of its own, and a locked conversation another one', async () => {
      site.fail({ on: create, status: 403, message: 'Resource not accessible by personal access token' });
      await expect(write('Builds')).rejects.toMatchObject({ code: 'FORGE_COMMENT_FORBIDDEN' });
      site.fail({ on: create, status: 403, message: 'Unable to create comment because issue is locked.' });
      await expect(write('Builds')).rejects.toMatchObject({ code: 'FORGE_COMMENT_REFUSED' });
      await expect(forge().comment?.(comment('Builds', '99'))).rejects.toMatchObject({ code: 'FORGE_COMMENT_REFUSED' });
    });
  });
}
