import * as z from 'zod';
import { pathParameters, type Operation, type RawBody } from '../../protocol/index.ts';
import { refTo, schemaOf } from './components.ts';
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
  429: 'Too many wrong tokens were sent from this address, or a quota is used up.',
};

/** Each request may be refused so: for its host, its origin or its credential. */
const always = [401, 403, 421, 429];

/** Describes an operation as the OpenAPI document has it. */
export function describeOperation(operationId: string, operation: Operation, tag: string): unknown {
  const { summary, description = '', path, query = {}, body, answers } = operation;
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
    ...(body === undefined ? {} : { requestBody: requestBody(body) }),
    responses: {
      ...Object.fromEntries(Object.entries(answers).map(([status, answer]) => [status, response(summary, answer)])),
      ...Object.fromEntries(errorsOf(operation, names).map((status) => [status, problem(status)])),
    },
  };
}

function parameter(name: string, schema: z.ZodType, place: 'path' | 'query'): unknown {
  const { description, ...rest } = schemaOf(schema, 'input');
  const required = place === 'path' || !schema.safeParse(undefined).success;
  return { name, in: place, required, description, schema: rest };
}

function requestBody(body: z.ZodType | RawBody): unknown {
  const required = !(body instanceof z.ZodType) || !body.safeParse({}).success;
  return { required, content: content(body, 'input') };
}

function response(description: string, answer: z.ZodType | RawBody): unknown {
  return { description, content: content(answer, 'output') };
}

function content(body: z.ZodType | RawBody, io: 'input' | 'output'): unknown {
  if (body instanceof z.ZodType) return { 'application/json': { schema: schemaOf(body, io) } };
  return { [body.mediaType]: { schema: body.schema === undefined ? {} : schemaOf(body.schema, io) } };
}

function errorsOf({ query, body, answers, errors = [] }: Operation, names: readonly string[]): readonly number[] {
  const follow = [
    ...always,
    ...(query !== undefined || body !== undefined ? [400] : []),
    ...(names.length > 0 ? [404] : []),
    ...(body !== undefined ? [413] : []),
  ];
  return [...new Set([...follow, ...errors])].filter((status) => answers[status] === undefined);
}

function problem(status: number): unknown {
  return { description: refusals[status], content: { 'application/json': { schema: { $ref: refTo('Problem') } } } };
}
