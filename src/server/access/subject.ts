import type { Context } from 'hono';
import type { CoordinatorContext } from '../../coordinator/index.ts';
import { readRegistryPath } from '../registry-path.ts';
import { publicationOf } from '../rest/rest-images.ts';
import type { Subject } from './permissions.ts';

/** Returns the name or id of what a request is about, exactly as the handler of the matched route will read it. */
export function nameOf(c: Context, route: number, subject: Subject): string {
  if (subject === 'repository') return readRegistryPath(c).name;
  if (subject === 'audit') return c.req.query('stack') ?? '';
  const own = c.req.routeIndex;
  c.req.routeIndex = route;
  const name = c.req.param(subject === 'stack' || subject === 'bucket' ? subject : 'id') ?? '';
  c.req.routeIndex = own;
  return name;
}

/** Returns the stacks that something belongs to; undefined if it does not exist. */
export function stackOf(
  context: Pick<CoordinatorContext, 'stacks' | 'pipelines' | 'ledger'>,
  subject: Subject,
  name: string,
): readonly string[] | undefined {
  const { pipelines, stacks } = context;
  const found = (stack: string | undefined) => (stack === undefined ? undefined : [stack]);
  switch (subject) {
    case 'stack':
    case 'bucket':
    case 'audit':
      return stacks.has(name) ? [name] : undefined;
    case 'pipeline':
      return found(pipelines.record(name)?.stack);
    case 'job':
      return found(pipelines.record(pipelines.run(name)?.pipeline ?? '')?.stack);
    case 'image':
      return found(publicationOf(context, name)?.stack);
    case 'repository':
      return privateStacksOf(context, name);
  }
}

/** A repository is readable for those who may read all private stacks that publish to it. */
function privateStacksOf(
  { stacks, ledger }: Pick<CoordinatorContext, 'stacks' | 'ledger'>,
  repository: string,
): readonly string[] {
  const names = [...stacks.values()].filter(({ configuration }) => configuration.private);
  return names
    .map(({ configuration }) => configuration.name)
    .filter((stack) => ledger.publications(stack).some((one) => one.repository === repository));
}
