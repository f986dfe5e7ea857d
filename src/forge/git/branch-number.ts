import { sha256 } from '../../kit/index.ts';

const FIRST = 1_000_000_000_000;
const BITS_40 = 10;

/**
 * A pull request's number for a branch of a remote that has no numbers of its own: always the same for a name, and
 * beyond any number that a forge gives. 40 bits keep two branches from sharing a mirror's `pr/<number>/`.
 */
export function branchNumber(branch: string): string {
  return String(FIRST + Number.parseInt(sha256(branch).slice(0, BITS_40), 16));
}
