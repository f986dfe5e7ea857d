import type { PipelineSubject } from '../../pipeline/index.ts';
import type { RequestLedger } from '../requests/request-ledger.ts';

type OwnerKind = 'stack' | 'author' | 'request';

/** The stack, author or pull request that a quota applies to. */
export interface QuotaOwner {
  readonly kind: OwnerKind;
  readonly stack: string;
  /** Account, or number of the pull request; of a stack its own name. */
  readonly name: string;
}

/** Returns the owners whose quotas a pipeline counts for: its stack, its author if known, and its pull request. */
export function ownersOf(
  { ledger }: { readonly ledger: Pick<RequestLedger, 'request'> },
  { stack, request, actor }: Pick<PipelineSubject, 'stack' | 'request' | 'actor'>,
): readonly QuotaOwner[] {
  const author = request === undefined ? actor : (actor ?? nameOf(ledger.request(stack, request)?.author));
  const owners: QuotaOwner[] = [{ kind: 'stack', stack, name: stack }];
  if (author !== undefined) owners.push({ kind: 'author', stack, name: author });
  if (request !== undefined) owners.push({ kind: 'request', stack, name: request });
  return owners;
}

/** Names an owner uniquely. */
export function ownerKey({ kind, stack, name }: QuotaOwner): string {
  return `${stack} ${kind} ${name}`;
}

/** Names an owner for people. */
export function describeOwner({ kind, stack, name }: QuotaOwner): string {
  if (kind === 'stack') return `stack \`${stack}\``;
  return kind === 'author' ? `\`${name}\`` : `pull request ${name}`;
}

/** Where a remote knows no accounts, the author is that of the commit, without the address. */
function nameOf(author: string | undefined): string | undefined {
  return author?.replace(/\s*<[^>]*>$/, '');
}
