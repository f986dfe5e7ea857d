import { messageOf } from '../../kit/index.ts';
import { IndexStatement } from '../../mirror/index.ts';
import { pythonJsonLines } from '../../spack/index.ts';
import { notaryError } from '../errors.ts';
import type { Signer, StatementRequest } from '../port.ts';
import type { SigningLog } from './signing-log.ts';

const ROOT = /^(?:|locks\/[0-9a-f]{64}|snapshots\/\w[\w.+-]{0,99})$/;

/**
 * Signs nothing but a statement on an index, and writes down its number. The same number may come again with other
 * content: after a crash between the signature and its writing.
 */
export async function signStatement(
  { stack, root, text }: StatementRequest,
  { signer, signingLog }: { signer: Signer; signingLog: SigningLog },
): Promise<string> {
  const refuse = (reason: string, cause?: unknown) =>
    notaryError('NOTARY_STATEMENT_REFUSED', { stack, reason }, { cause });
  if (!ROOT.test(root)) throw refuse(`\`${root.slice(0, 100)}\` is no root of a mirror`);
  const statement = readText(text, refuse);
  const before = signingLog.memory.numberOf(root);
  if (statement.number < before)
    throw refuse(`its number is ${statement.number}, and number ${before} has been signed`);
  const signed = await signer.sign(text);
  const { number, index } = statement;
  await signingLog.append({ action: 'index', stack, root, number, index, fingerprint: signer.fingerprint });
  return signed;
}

function readText(text: string, refuse: (reason: string, cause?: unknown) => Error): IndexStatement {
  try {
    const statement = IndexStatement.parse(JSON.parse(text));
    if (pythonJsonLines(statement) === text) return statement;
  } catch (error) {
    throw refuse(messageOf(error).slice(0, 300), error);
  }
  throw refuse('it holds more than a statement does');
}
