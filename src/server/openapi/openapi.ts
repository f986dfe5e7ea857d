import { operationGroups } from '../../protocol/index.ts';
import { componentSchemas } from './components.ts';
import { describeOperation } from './describe-operation.ts';
import { securitySchemes } from './security.ts';

/** Describes the REST interface as an OpenAPI 3.1 document. */
export function openapi(version: string): Readonly<Record<string, unknown>> {
  const schemas = componentSchemas();
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [tag, group] of Object.entries(operationGroups))
    for (const [id, operation] of Object.entries(group))
      paths[operation.path] = {
        ...paths[operation.path],
        [operation.method]: describeOperation(id, operation, { tag, schemas }),
      };
  return {
    openapi: '3.1.0',
    info: {
      title: 'Slipway',
      version,
      description:
        'What a Slipway server knows, and what people do there. Ids are text, times UTC ISO 8601, sizes bytes. A ' +
        'refused request is answered with a `Problem`. HEAD is answered as GET without the body. Lists that grow have ' +
        '`next`, to be sent as `before`; lists that are searched have `total`, and take `offset`. Both take `limit`.',
      license: { name: 'Apache-2.0 OR MIT', identifier: 'Apache-2.0 OR MIT' },
    },
    servers: [{ url: '/' }],
    tags: Object.keys(operationGroups).map((name) => ({ name })),
    paths,
    components: { schemas, securitySchemes },
  };
}
