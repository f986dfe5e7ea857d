import * as z from 'zod';
import { Secret, isRecord, type YamlPath } from '../../kit/index.ts';
import { checkSection, report, type SectionReader } from './section.ts';

/** How one direction of a mirror is reached. Names of variables, not their values. */
export interface MirrorConnection {
  readonly url: string;
  readonly endpointUrl?: string;
  readonly profile?: string;
  readonly idVariable?: string;
  readonly secretVariable?: string;
  readonly tokenVariable?: string;
  /** Credentials in the file itself, as in old files. */
  readonly id?: Secret;
  readonly secret?: Secret;
  readonly token?: Secret;
}

/** One of `mirrors`, with Spack's defaults. */
export interface Mirror {
  readonly name: string;
  readonly fetchUrl: string;
  readonly pushUrl: string;
  readonly fetch: MirrorConnection;
  readonly push: MirrorConnection;
  /** Holds sources of packages. */
  readonly source: boolean;
  /** Holds binaries. */
  readonly binary: boolean;
  /** Binaries must be signed by a trusted key. */
  readonly signed: boolean;
}

const text = z.string().min(1);
const accessPair = z.union([
  z.tuple([text.nullable(), text.nullable()]),
  z.strictObject({ id: text, secret_variable: text }),
  z.strictObject({ id_variable: text, secret_variable: text }),
]);
const connection = {
  url: text.optional(),
  access_pair: accessPair.optional(),
  access_token: text.nullable().optional(),
  access_token_variable: text.nullable().optional(),
  profile: text.nullable().optional(),
  endpoint_url: text.nullable().optional(),
  view: text.optional(),
};
const Connection = z
  .strictObject(connection)
  .refine((one) => one.access_token === undefined || one.access_token_variable === undefined, {
    message: 'access_token and access_token_variable exclude each other',
  });
type Connection = z.infer<typeof Connection>;

const direction = z.union([text, Connection]);
const MirrorEntry = z.strictObject({
  ...connection,
  fetch: direction.optional(),
  push: direction.optional(),
  source: z.boolean().optional(),
  binary: z.boolean().optional(),
  signed: z.boolean().optional(),
  autopush: z.boolean().optional(),
});
type MirrorEntry = z.infer<typeof MirrorEntry>;

/** Reads `mirrors`, in its order. Source: Spack's mirror schema of 0.16 (a text, or fetch and push) to 1.2. */
export function readMirrors(reader: SectionReader, path: YamlPath, section: unknown): readonly Mirror[] {
  if (!isRecord(section)) return [];
  return Object.entries(section).flatMap(([key, value]) => {
    const at = [...path, key];
    // `name::` replaces the same name of another scope.
    const name = key.replace(/:$/, '');
    if (typeof value === 'string' && value !== '') return [mirrorOf(name, { url: value })];
    if (!isRecord(value)) return invalid(reader, at, 'a mirror is a URL or a mapping');
    const entry = checkSection(reader, at, MirrorEntry);
    if (entry === undefined) return [];
    if ([entry.url, entry.fetch, entry.push].every((one) => urlOf(one) === undefined)) {
      return invalid(reader, at, 'it has no `url`, `fetch` or `push`');
    }
    const mirror = mirrorOf(name, entry);
    if ([mirror.fetch, mirror.push].some((one) => one.secret !== undefined || one.token !== undefined)) {
      report(reader, at, { code: 'ENVIRONMENT_CREDENTIALS', details: { name }, severity: 'warning' });
    }
    return [mirror];
  });
}

function invalid(reader: SectionReader, path: YamlPath, fault: string): [] {
  report(reader, path, { code: 'ENVIRONMENT_SECTION_INVALID', details: { place: path.map(String).join('.'), fault } });
  return [];
}

function mirrorOf(name: string, entry: MirrorEntry): Mirror {
  const fetch = connectionOf(entry, entry.fetch ?? {}, entry.push);
  const push = connectionOf(entry, entry.push ?? {}, entry.fetch);
  return {
    name,
    fetchUrl: fetch.url,
    pushUrl: push.url,
    fetch,
    push,
    source: entry.source ?? true,
    binary: entry.binary ?? true,
    signed: entry.signed ?? true,
  };
}

/** A direction's own settings before the mirror's; its URL, failing both, is the other direction's. */
function connectionOf(
  entry: MirrorEntry,
  own: string | Connection,
  other: string | Connection | undefined,
): MirrorConnection {
  const settings = { ...entry, ...(typeof own === 'string' ? { url: own } : own) };
  const { url, access_pair: pair, access_token: token, endpoint_url: endpoint } = settings;
  return {
    url: url ?? urlOf(other) ?? '',
    endpointUrl: endpoint ? withScheme(endpoint) : undefined,
    profile: settings.profile ?? undefined,
    tokenVariable: settings.access_token_variable ?? undefined,
    token: token ? new Secret(token) : undefined,
    ...credentialsOf(pair),
  };
}

function credentialsOf(pair: Connection['access_pair']): Partial<MirrorConnection> {
  if (pair === undefined) return {};
  if (Array.isArray(pair)) {
    const [id, secret] = pair;
    return { id: id === null ? undefined : new Secret(id), secret: secret === null ? undefined : new Secret(secret) };
  }
  const id = 'id' in pair ? { id: new Secret(pair.id) } : { idVariable: pair.id_variable };
  return { ...id, secretVariable: pair.secret_variable };
}

function urlOf(one: string | Connection | undefined): string | undefined {
  return typeof one === 'object' ? one.url : one;
}

/** As Spack does for S3 endpoints. */
function withScheme(endpoint: string): string {
  return endpoint.includes('://') ? endpoint : `https://${endpoint}`;
}
