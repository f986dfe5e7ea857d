import { accessOperations } from './access-operations.ts';
import { imageOperations } from './image-operations.ts';
import { jobOperations } from './job-operations.ts';
import type { OperationGroup } from './operation.ts';
import { pipelineOperations } from './pipeline-operations.ts';
import { requestOperations } from './request-operations.ts';
import { runnerOperations } from './runner-operations.ts';
import { activityOperations, hookOperations, serverOperations } from './server-operations.ts';
import { packageOperations, stackOperations } from './stack-operations.ts';

/**
 * Every request of the REST interface, reads and actions, by its part of the manual. The OpenAPI document
 * (`src/server/openapi`) and `docs/reference/rest.md` are made from it, and a test compares it with the routes.
 *
 * To add an operation:
 * 1. Give the schemas of its answer and body an id, and each of their properties a description:
 *    `z.object({ size: z.number().int().describe('Bytes.') }).meta({ id: 'DiskView', description: '…' })`.
 *    Times are `Time`, addresses `Url` (`formats.ts`); other formats as `.meta({ format })`.
 * 2. Add a row to the file of its group, here in `operations/`. The key is its `operationId`: `getX` for one thing,
 *    `listX` for a list, the verb for an action. Actions have `method: 'post'` and a `body`.
 * 3. Describe the parameters of the query as schemas: `.optional()`, or `.default(…)` with the default. A new name in
 *    braces also needs a line in `path-parameters.ts`.
 * 4. List in `errors` only what does not follow: 400, 404 and 413 follow from the parameters and the body, and 401, 403
 *    and 429 from the row in `src/server/access/permissions.ts`.
 *
 * `npm run generate` then writes the manual.
 */
export const operationGroups: Readonly<Record<string, OperationGroup>> = {
  Stacks: stackOperations,
  'Pull requests': requestOperations,
  Packages: packageOperations,
  Pipelines: pipelineOperations,
  Jobs: jobOperations,
  Images: imageOperations,
  Runners: runnerOperations,
  Activity: activityOperations,
  Access: accessOperations,
  Hooks: hookOperations,
  Server: serverOperations,
};
