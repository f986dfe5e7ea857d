import { Access, type SignInProvider } from '../../src/access/index.ts';
import type { CoordinatorContext } from '../../src/coordinator/index.ts';
import { declaredTokens } from '../../src/server/assembly/open-access.ts';
import { createAccessLedger, type Database } from '../../src/store/index.ts';

/** Tokens and sessions of a lab, as the server has them. */
export function labAccess(
  { clock, stacks }: CoordinatorContext,
  database: Database,
  providers: readonly SignInProvider[] = [],
): Access {
  const declared = declaredTokens(stacks.values());
  return new Access({ ledger: createAccessLedger(database), clock, declared, providers, sessionSeconds: 3600 });
}
