import { sha256 } from '../kit/index.ts';
import type { PipelineFacts, TextVariables } from './ports.ts';

/** Account that GitHub and GitLab keep for deleted accounts, so that no person can have it. */
const UNKNOWN = 'ghost';
/** Hexadecimal digits of a number that is exact in every JSON reader. */
const DIGITS = 12;

/**
 * Returns GitLab's predefined variables of the user. The server knows accounts by their names alone: the id is a number
 * made of the name, and the address one that receives no mail. Without a known account they name `ghost`, with the id 0.
 */
export function userVariables({ user, serverUrl }: Pick<PipelineFacts, 'user' | 'serverUrl'>): TextVariables {
  const login = user ?? UNKNOWN;
  return {
    GITLAB_USER_ID: user === undefined ? '0' : accountNumber(user),
    GITLAB_USER_LOGIN: login,
    GITLAB_USER_NAME: login,
    GITLAB_USER_EMAIL: `${login}@users.noreply.${new URL(serverUrl).hostname}`,
  };
}

/** Upper and lower case do not distinguish accounts. */
function accountNumber(name: string): string {
  return String(Number.parseInt(sha256(name.toLowerCase()).slice(0, DIGITS), 16));
}
