import { Hono, type Context } from 'hono';
import { compareText } from '../../kit/index.ts';
import type { CoordinatorContext, StackMirror } from '../../coordinator/index.ts';
import { readEntry, type Entry } from '../../mirror/index.ts';
import { PackageView, viewOf, type PackageDetail, type PackageList } from '../../protocol/index.ts';
import { requireStack } from '../access/principal-of.ts';
import { found } from './problem-answer.ts';
import { countOf } from './query-count.ts';

type Node = Entry['spec']['nodes'][number];

export function packageRoutes(context: CoordinatorContext): Hono {
  const app = new Hono();
  app.get('/stacks/:stack/packages', async (c) => {
    const { mirror, prefix } = mirrorOf(context, c);
    const search = (c.req.query('q') ?? '').trim().toLowerCase();
    const matching = (await nodesOf(mirror, prefix)).filter(
      ({ name, hash }) => name.includes(search) || hash.startsWith(search),
    );
    const offset = countOf(c, 'offset', { standard: 0 });
    const page = matching.slice(offset, offset + countOf(c, 'limit', { standard: 100, most: 1000 }));
    const signedBy = prefix === '' ? context.signing.fingerprint : undefined;
    return c.json({ packages: page.map(packageView), total: matching.length, signedBy } satisfies PackageList);
  });
  app.get('/stacks/:stack/packages/:hash', async (c) => {
    const { mirror, prefix } = mirrorOf(context, c);
    const { hash } = c.req.param();
    const what = `package \`${hash}\` on the mirror`;
    const node = found(
      (await nodesOf(mirror, prefix)).find((one) => one.hash === hash),
      what,
    );
    const trust = prefix === '' ? { verifier: context.verifier, requireSignature: true } : { requireSignature: false };
    return c.json(packageDetail(node, found(await readEntry(mirror.root(prefix), node, trust), what)));
  });
  return app;
}

/** Returns the protected root, or that of a known pull request. */
function mirrorOf(context: CoordinatorContext, c: Context): { mirror: StackMirror; prefix: string } {
  const name = c.req.param('stack') ?? '';
  const { mirror } = requireStack(c, context, name);
  const number = c.req.query('request');
  if (number !== undefined) found(context.ledger.request(name, number), `pull request ${number}`);
  return { mirror, prefix: number === undefined ? '' : `pr/${number}` };
}

/** Returns the packages in the index, from memory, sorted by name. */
async function nodesOf(mirror: StackMirror, prefix: string): Promise<readonly Node[]> {
  const { installs } = await mirror.publisher(prefix).current();
  const nodes = [...installs.values()].filter((entry) => entry.in_buildcache).map(({ spec }) => spec);
  return nodes.toSorted(
    (a, b) => compareText(a.name, b.name) || compareText(a.version, b.version) || compareText(a.hash, b.hash),
  );
}

function packageView({ arch, dependencies = [], ...node }: Node): PackageView {
  const target = typeof arch.target === 'string' ? arch.target : arch.target.name;
  const architecture = `${arch.platform}-${arch.platform_os}-${target}`;
  return viewOf(PackageView, { ...node, architecture, dependencies: dependencies.length });
}

function packageDetail(node: Node, { signedBy, tarball }: Entry): PackageDetail {
  const dependencies = (node.dependencies ?? []).map(({ name, hash, parameters }) => ({
    name,
    hash,
    types: [...parameters.deptypes],
  }));
  return { package: packageView(node), signedBy, tarball, dependencies };
}
