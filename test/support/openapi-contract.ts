import { readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import type { Context } from 'hono';
import type { ApiState } from './stand-in-api.ts';

interface Operation {
  readonly parameters: readonly {
    readonly name: string;
    readonly in: string;
    readonly schema: { readonly type?: string };
  }[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
}
type Content = Readonly<Record<string, { readonly schema: object }>>;

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

/** What is wrong with a request or an answer, as sentences; empty if it is as the forge describes it. */
export interface OpenapiContract {
  request(template: string, request: { method: string; query: URLSearchParams; body: unknown }): readonly string[];
  answer(template: string, answer: { method: string; status: number; body: unknown }): readonly string[];
}

/** A description of an API (OpenAPI 3.0), as a judge of what a stand-in is asked and what it says. */
export function openapiContract(name: string, file: URL): OpenapiContract {
  const document = asJsonSchema(JSON.parse(readFileSync(file, 'utf8'))) as Document;
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema(document, 'document');
  const compiled = new Map<object, ValidateFunction>();
  const check = (what: string, schema: object, value: unknown): readonly string[] => {
    const validate = compiled.get(schema) ?? ajv.compile(withRoot(schema));
    compiled.set(schema, validate);
    if (validate(value)) return [];
    return (validate.errors ?? []).slice(0, 5).map((error) => `${what}: ${error.instancePath} ${error.message}`);
  };
  const find = (template: string, method: string): Operation => {
    const operation = document.paths[template]?.[method.toLowerCase()];
    if (operation === undefined) throw new Error(`${name} has no ${method} ${template}, or the subset lacks it`);
    return operation;
  };
  return {
    request: (template, { method, query, body }) => {
      const { parameters, requestBody } = find(template, method);
      const what = `${method} ${template}`;
      const known = new Map(parameters.filter((one) => one.in === 'query').map((one) => [one.name, one.schema]));
      const schema = requestBody?.content['application/json']?.schema;
      return [
        ...[...query].flatMap(([name, value]) => {
          const expected = known.get(name);
          if (expected === undefined) return [`${what}: no parameter \`${name}\``];
          return check(`${what} ?${name}`, expected, expected.type === 'integer' ? Number(value) : value);
        }),
        ...(schema === undefined ? [] : check(what, schema, body)),
      ];
    },
    answer: (template, { method, status, body }) => {
      const what = `${status} to ${method} ${template}`;
      const { responses } = find(template, method);
      // The usual refusals (401, 403, 5xx) are listed once for all operations, and not with each.
      if (responses[status] === undefined) return status >= 400 ? [] : [`${what}: ${name} does not answer so`];
      const schema = responses[status].content?.['application/json']?.schema;
      return schema === undefined ? [] : check(what, schema, body);
    },
  };
}

/** OpenAPI 3.0 says `nullable` where JSON Schema says that null is one of the types. */
function asJsonSchema(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asJsonSchema);
  if (typeof value !== 'object' || value === null) return value;
  const { nullable, ...rest } = value as { nullable?: unknown };
  const plain = Object.fromEntries(Object.entries(rest).map(([key, part]) => [key, asJsonSchema(part)]));
  return nullable === true ? { anyOf: [plain, { type: 'null' }] } : plain;
}

/** References are meant from the root of the document. */
function withRoot(schema: object): object {
  return JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#/', '"$ref":"document#/')) as object;
}

interface Judge {
  readonly state: ApiState;
  readonly contract: OpenapiContract;
  readonly template: string;
}

/** Lets a route of a stand-in answer, and writes down what the description does not allow of request and answer. */
export async function judged(
  c: Context,
  { state, contract, template }: Judge,
  handle: (c: Context) => Promise<Response>,
): Promise<Response> {
  const { method } = c.req;
  const query = new URL(c.req.url).searchParams;
  const sent = await c.req.text();
  const asked = contract.request(template, { method, query, body: sent === '' ? undefined : JSON.parse(sent) });
  const response = await handle(c);
  const text = await response.clone().text();
  const said = contract.answer(template, {
    method,
    status: response.status,
    body: text === '' ? undefined : JSON.parse(text),
  });
  state.violations.push(...asked, ...said);
  return response;
}
