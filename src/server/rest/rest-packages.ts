import { Hono, type Context } from 'hono';
import type { CoordinatorContext } from '../../coordinator/index.ts';
import { readEntry, searchPackages, type CatalogOrder } from '../../mirror/index.ts';
import type { PackageFiles, PackageList } from '../../protocol/index.ts';
import { requireStack } from '../access/principal-of.ts';
import { packageDetail, packageView, type PackageRoot } from './package-detail.ts';
import { filesReader } from './package-files.ts';
import { found } from './problem-answer.ts';
import { choiceOf } from './query-choice.ts';
import { pageOf } from './query-page.ts';

const orders: readonly CatalogOrder[] = ['name', 'newest', 'dependents'];

export function packageRoutes(context: CoordinatorContext): Hono {
  const app = new Hono();
  const readFiles = filesReader();
  app.get('/stacks/:stack/packages', async (c) => {
    const { stack, prefix } = rootOf(context, c);
    const content = await stack.mirror.catalog(prefix).current();
    const matching = searchPackages(content, c.req.query('q') ?? '', choiceOf(c, 'sort', orders));
    const page = pageOf(c, matching, { standard: 100, most: 1000 });
    const packages = page.map((one) => packageView(content, one));
    const signedBy = prefix === '' ? context.signing.fingerprint : undefined;
    return c.json({ packages, total: matching.length, signedBy } satisfies PackageList);
  });
  app.get('/stacks/:stack/packages/:hash', async (c) =>
    c.json(await packageDetail(context, rootOf(context, c), c.req.param('hash'))),
  );
  app.get('/stacks/:stack/packages/:hash/files', async (c) => {
    const { mirror } = requireStack(c, context, c.req.param('stack'));
    const { hash } = c.req.param();
    const one = found((await mirror.catalog('').current()).get(hash), `package \`${hash}\` on the mirror`);
    const trust = { verifier: context.verifier, requireSignature: true };
    const entry = found(await readEntry(mirror.root(''), one, trust), `package \`${hash}\` on the mirror`);
    const { prefix, files } = await readFiles(mirror.root(''), entry);
    const search = (c.req.query('q') ?? '').toLowerCase();
    const matching = files.filter(({ name }) => name.toLowerCase().includes(search));
    const page = pageOf(c, matching, { standard: 1000, most: 10_000 });
    return c.json({
      prefix,
      files: page.map(({ name, kind, size, executable, target }) => {
        return { path: name, kind, size, executable, target: target === '' ? undefined : target };
      }),
      total: matching.length,
      installedSize: files.reduce((sum, { size }) => sum + size, 0),
    } satisfies PackageFiles);
  });
  return app;
}

/** Returns the protected root, or that of a known pull request. */
function rootOf(context: CoordinatorContext, c: Context): PackageRoot {
  const name = c.req.param('stack') ?? '';
  const stack = requireStack(c, context, name);
  const number = c.req.query('request');
  if (number !== undefined) found(context.ledger.request(name, number), `pull request ${number}`);
  return { stack, prefix: number === undefined ? '' : `pr/${number}` };
}
