const UNTRUSTED =
  /^(?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_GET_ISSUER_CERT(?:_LOCALLY)?|UNABLE_TO_VERIFY_LEAF_SIGNATURE)$/;
/** The same in words: some libraries replace the code of an error. */
const UNTRUSTED_TEXT =
  /self-signed certificate|unable to get (?:local )?issuer certificate|unable to verify the first certificate/;

/**
 * Returns how to trust a private certificate authority, if an error or one of its causes is that Node does not know it.
 */
export function certificateHint(error: unknown): { readonly hint?: string } {
  for (let one: unknown = error; one instanceof Error; one = one.cause)
    if (UNTRUSTED.test(String((one as NodeJS.ErrnoException).code)) || UNTRUSTED_TEXT.test(one.message))
      return {
        hint:
          'Node.js does not know who issued this certificate. If it is your own authority, put its certificate into ' +
          'a PEM file and set NODE_EXTRA_CA_CERTS to its path.',
      };
  return {};
}
