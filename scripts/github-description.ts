/**
 * `npx tsx scripts/github-description.ts FOLDER`: makes `test/fixtures/github/openapi-subset.json` of the npm package
 * `@octokit/openapi`, whose folder is given. It is too large to be a dependency.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const REPOSITORY = '/repos/{owner}/{repo}';

/** Every operation that Slipway uses. */
const OPERATIONS = [
  'GET /app',
  'GET /app/installations',
  'POST /app/installations/{installation_id}/access_tokens',
  'POST /app-manifests/{code}/conversions',
  `GET ${REPOSITORY}/activity`,
  `POST ${REPOSITORY}/check-runs`,
  `GET ${REPOSITORY}/check-runs/{check_run_id}`,
  `PATCH ${REPOSITORY}/check-runs/{check_run_id}`,
  `GET ${REPOSITORY}/check-runs/{check_run_id}/annotations`,
  `GET ${REPOSITORY}/collaborators/{username}/permission`,
  `GET ${REPOSITORY}/commits/{ref}/check-runs`,
  `GET ${REPOSITORY}/commits/{ref}/status`,
  `GET ${REPOSITORY}/installation`,
  `GET ${REPOSITORY}/issues/comments`,
  `GET ${REPOSITORY}/issues/comments/{comment_id}`,
  `DELETE ${REPOSITORY}/issues/comments/{comment_id}`,
  `PATCH ${REPOSITORY}/issues/comments/{comment_id}`,
  `GET ${REPOSITORY}/issues/{issue_number}/comments`,
  `POST ${REPOSITORY}/issues/{issue_number}/comments`,
  `GET ${REPOSITORY}/pulls`,
  `GET ${REPOSITORY}/pulls/{pull_number}`,
  `POST ${REPOSITORY}/statuses/{sha}`,
];
/** The other refusals are the same everywhere. */
const ANSWERS = new Set(['200', '201', '204', '304', '404', '422']);
const LEFT_OUT = new Set(['description', 'summary', 'title', 'example', 'examples', 'externalDocs', 'headers']);
/** Below these, keys are names that the API defines. */
const NAMED = new Set(['properties', 'schemas', 'responses', 'content']);

type Json = Readonly<Record<string, unknown>>;
interface Description {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string; readonly license: Json };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Json>>>>;
}

const folder = process.argv[2];
if (folder === undefined) throw new Error('Name the folder of the npm package `@octokit/openapi`.');
const read = async (name: string): Promise<Json> => JSON.parse(await readFile(join(folder, name), 'utf8')) as Json;
const whole = (await read('generated/api.github.com.json')) as unknown as Description;
const { version } = await read('package.json');

const paths: Record<string, Record<string, unknown>> = {};
const schemas: Record<string, unknown> = {};
for (const operation of OPERATIONS) {
  const [method = '', path = ''] = operation.split(' ');
  const found = whole.paths[path]?.[method.toLowerCase()];
  if (found === undefined) throw new Error(`GitHub has no ${operation}.`);
  (paths[path] ??= {})[method.toLowerCase()] = used(found);
}
const { openapi, info } = whole;
const subset = {
  openapi,
  info: { title: info.title, version, license: info.license },
  paths: sorted(paths),
  components: { schemas: sorted(schemas) },
};
const file = new URL('../test/fixtures/github/openapi-subset.json', import.meta.url);
await writeFile(file, `${JSON.stringify(subset, undefined, 1)}\n`);

function used({ operationId, parameters = [], requestBody, responses }: Json): Json {
  const answers = Object.entries(responses as Json).filter(([status]) => ANSWERS.has(status));
  return plain({
    operationId,
    parameters: (parameters as Json[]).map(resolved),
    requestBody,
    responses: Object.fromEntries(answers.map(([status, answer]) => [status, resolved(answer as Json)])),
  }) as Json;
}

/** Returns what a reference to a parameter or an answer names. */
function resolved(value: Json): Json {
  return typeof value.$ref === 'string' ? (target(value.$ref) as Json) : value;
}

function target(reference: string): unknown {
  const keys = reference.split('/').slice(1);
  return keys.reduce<unknown>((part, key) => (part as Json)[key], whole);
}

/** Leaves out texts for people and headers, and adds the schemas that are referred to. */
function plain(value: unknown, isNamed = false): unknown {
  if (Array.isArray(value)) return value.map((item) => plain(item));
  if (typeof value !== 'object' || value === null) return value;
  const { $ref: reference } = value as Json;
  if (typeof reference === 'string' && !isNamed) addSchema(reference);
  const entries = Object.entries(value).filter(([key]) => isNamed || !LEFT_OUT.has(key));
  return Object.fromEntries(entries.map(([key, part]) => [key, plain(part, !isNamed && NAMED.has(key))]));
}

function addSchema(reference: string): void {
  const name = /^#\/components\/schemas\/(.+)$/.exec(reference)?.[1];
  if (name === undefined) throw new Error(`${reference} is not the name of a schema.`);
  if (name in schemas) return;
  schemas[name] = {};
  schemas[name] = plain(target(reference));
}

function sorted<T>(values: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(values).toSorted(([one], [other]) => (one < other ? -1 : 1)));
}
