const SECRETIVE =
  /(?:TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|PRIVATE_KEY|SIGNING_KEY|CREDENTIALS?|ACCESS_KEY(?:_ID)?)$/i;

/** Whether a variable's name says that its value is secret, where nobody has declared it. */
export function isSecretName(name: string): boolean {
  return SECRETIVE.test(name);
}
