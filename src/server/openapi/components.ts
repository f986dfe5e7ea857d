import * as z from 'zod';
import { Problem, operationGroups, type RawBody } from '../../protocol/index.ts';

type Schema = Readonly<Record<string, unknown>>;

/** Returns the schemas with an id that operations use, by their ids. */
export function componentSchemas(): Readonly<Record<string, Schema>> {
  const operations = Object.values(operationGroups).flatMap((group) => Object.values(group));
  const bodies = operations.flatMap(({ body }) => body ?? []);
  const answers = operations.flatMap((operation) => Object.values(operation.answers));
  return {
    ...definitions(answers, 'output'),
    ...definitions([Problem], 'output'),
    ...definitions(bodies, 'input'),
  };
}

function definitions(schemas: readonly (z.ZodType | RawBody | null)[], io: 'input' | 'output'): Record<string, Schema> {
  const found = schemas.map((one) => (one instanceof z.ZodType ? one : one?.schema)).filter((one) => one !== undefined);
  return withReferences(z.toJSONSchema(z.tuple(found as [z.ZodType]), { io, override: open(io) }).$defs ?? {});
}

/** Later versions may add properties to answers, so only bodies of requests are closed. */
function open(io: 'input' | 'output') {
  return ({ jsonSchema }: { jsonSchema: { additionalProperties?: unknown; minimum?: number; maximum?: number } }) => {
    if (io === 'output' && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
    if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
    if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  };
}

/** Returns a schema for a place in the document; one with an id as a reference to it. */
export function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Schema {
  const id = schema.meta()?.id;
  if (id !== undefined) return { $ref: refTo(id) };
  const { $schema: _, $defs: _known, ...rest } = z.toJSONSchema(schema, { io, override: open(io) });
  return withReferences(rest);
}

function withReferences<T>(schema: T): T {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/')) as T;
}

export function refTo(name: string): string {
  return `#/components/schemas/${name}`;
}
