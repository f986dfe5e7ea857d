export interface GitAddress {
  /** The address without a user and a password. */
  readonly url: string;
  /** Variables for the git that gets the address; they carry what was taken out of it. */
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Takes the user and the password out of an HTTP address: git passes the address on as an argument, which every user of
 * the machine can read. Other addresses stay as they are.
 */
export function gitAddress(address: string): GitAddress {
  if (!/^https?:\/\/[^/?#]*@/i.test(address) || !URL.canParse(address)) return { url: address, environment: {} };
  const url = new URL(address);
  const [username, password] = [url.username, url.password].map(decode) as [string, string];
  url.username = '';
  url.password = '';
  return { url: url.href, environment: gitAuthorization(url.href, { username, password }) };
}

/** Variables that make git show credentials to the host of an HTTP address, and to no other. */
export function gitAuthorization(
  url: string,
  { username, password }: { readonly username: string; readonly password: string },
): Readonly<Record<string, string>> {
  if (!/^https?:\/\//i.test(url)) return {};
  const basic = Buffer.from(`${username}:${password}`).toString('base64');
  return {
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: `http.${new URL(url).origin}/.extraHeader`,
    GIT_CONFIG_VALUE_0: `Authorization: Basic ${basic}`,
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
