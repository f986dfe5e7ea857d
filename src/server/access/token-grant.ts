import type { Access } from '../../access/index.ts';
import type { CoordinatorContext, MirrorGrant } from '../../coordinator/index.ts';
import { mayRead } from './principal-of.ts';

/** The secret behind the S3 access key of an access token, and its rights: reading the mirrors of its stacks. */
export function tokenMirrorCredentials(
  { stacks, tokens }: Pick<CoordinatorContext, 'stacks' | 'tokens'>,
  access: Access,
  accessKeyId: string,
): { secretAccessKey: string; grant: MirrorGrant } | undefined {
  const id = tokens.tokenOfAccessKey(accessKeyId);
  const principal = id === undefined ? undefined : access.principalOfTokenId(id);
  if (id === undefined || principal === undefined) return undefined;
  const key = tokens.tokenAccessKey(id);
  if (key.accessKeyId !== accessKeyId) return undefined;
  const buckets = [...stacks.keys()].filter((stack) => mayRead({ stacks }, principal, stack));
  const grant = { job: principal.name, buckets, readPrefixes: [''], writePrefix: undefined, hashes: new Set<string>() };
  return { secretAccessKey: key.secretAccessKey, grant };
}
