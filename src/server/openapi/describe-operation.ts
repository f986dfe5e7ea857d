import * as z from 'zod';
import { pathParameters, type Operation, type RawBody } from '../../protocol/index.ts';
import { refTo, schemaOf } from './components.ts';
import { exampleOf, type JsonSchema } from './example-of.ts';
import { requirementOf } from './security.ts';

const refusals: Readonly<Record<number, string>> = {
  400: 'The request is malformed.',
  401: 'The credential is missing, unknown, expired or revoked.',
  403: 'The sender may not do this.',
  404: 'It does not exist, or the sender may not read it.',
  409: 'The present state does not allow it.',
  413: 'The body is too large.',
  416: 'The range is outside of the file.',
  421: 'The server does not accept requests for this host name.',
  422: 'The request is well-formed, but cannot be carried out.',
  429: 'Too many wrong tokens were sent from this address, or a quota is used up.',
  502: 'A service that the server depends on does not answer as it should.',
};

/** Each request may be refused so: for its host, its origin or its credential. */
const always = [401, 403, 421, 429];

interface Surroundings {
  readonly tag: string;
  /** Of the document. */
  readonly schemas: Readonly<Record<string, JsonSchema>>;
}

/** Describes an operation as the OpenAPI document has it. */
export function describeOperation(operationId: string, operation: Operation, { tag, schemas }: Surroundings): unknown {
  const { summary, description = '', path, query = {}, body } = operation;
  const { text, security } = requirementOf(operation);
  const names = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] as string);
  return {
    operationId,
    tags: [tag],
    summary,
    description: [description, text].filter(Boolean).join(' '),
    security,
    parameters: [
      ...names.map((name) => parameter(name, pathParameters[name] as z.ZodType, 'path')),
      ...Object.entries(query).map(([name, schema]) => parameter(name, schema, 'query')),
    ],
    ...(body === undefined ? {} : { requestBody: requestBody(body, schemas) }),
    responses: {
      ...responses(operation, schemas),
      ...Object.fromEntries(errorsOf(operation, names).map((status) => [status, problem(status)])),
    },
  };
}

function parameter(name: string, schema: z.ZodType, place: 'path' | 'query'): unknown {
  const { description, ...rest } = schemaOf(schema, 'input');
  const required = place === 'path' || !schema.safeParse(undefined).success;
  return { name, in: place, required, description, schema: rest };
}

function requestBody(body: z.ZodType | RawBody, schemas: Surroundings['schemas']): unknown {
  const required = !(body instanceof z.ZodType) || !body.safeParse({}).success;
  return { required, content: content(body, 'input', schemas) };
}

/** JSON that is read has a tag, by which a client asks whether it has changed. */
function responses(operation: Operation, schemas: Surroundings['schemas']): Readonly<Record<string, unknown>> {
  const { method, summary, answers } = operation;
  const found = Object.entries(answers).map(([status, answer]) => {
    const headers = isTagged(operation, answer) ? { headers: { ETag: entityTag } } : {};
    const body = answer === null ? {} : { content: content(answer, 'output', schemas) };
    return [status, { description: summary, ...headers, ...body }] as const;
  });
  const isRead = method === 'get' && Object.values(answers).some((answer) => isTagged(operation, answer));
  return { ...Object.fromEntries(found), ...(isRead ? { 304: { description: 'It has not changed.' } } : {}) };
}

const entityTag = {
  description: 'Send it as `If-None-Match` to be answered 304 while nothing has changed.',
  schema: { type: 'string' },
};

function isTagged({ method, path }: Operation, answer: z.ZodType | RawBody | null): boolean {
  return method === 'get' && path.startsWith('/api/v1/') && answer instanceof z.ZodType;
}

function content(body: z.ZodType | RawBody, io: 'input' | 'output', schemas: Surroundings['schemas']): unknown {
  if (!(body instanceof z.ZodType))
    return { [body.mediaType]: { schema: body.schema === undefined ? {} : schemaOf(body.schema, io) } };
  const schema = schemaOf(body, io);
  return { 'application/json': { schema, example: exampleOf(schema, schemas) } };
}

function errorsOf({ query, body, answers, errors = [] }: Operation, names: readonly string[]): readonly number[] {
  const follow = [
    ...always,
    ...(query !== undefined || body !== undefined ? [400] : []),
    ...(names.length > 0 || query?.['stack'] !== undefined ? [404] : []),
    ...(body !== undefined ? [413] : []),
  ];
  return [...new Set([...follow, ...errors])].filter((status) => answers[status] === undefined);
}

function problem(status: number): unknown {
  return { description: refusals[status], content: { 'application/json': { schema: { $ref: refTo('Problem') } } } };
}
