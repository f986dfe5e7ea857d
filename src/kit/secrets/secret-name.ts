const SECRETIVE =
  /(?:TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|PRIVATE_KEY|SIGNING_KEY|CREDENTIALS?|ACCESS_KEY(?:_ID)?)$/i;

/** Returns whether a variable's name suggests that its value is secret, although it is not declared as such. */
export function isSecretName(name: string): boolean {
  return SECRETIVE.test(name);
}
