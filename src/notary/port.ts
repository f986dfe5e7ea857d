/**
 * What signs. The key is behind this port and nowhere else. `sign` makes an OpenPGP clearsigned text that `gpg`
 * and Spack accept; the text must be the manifest's, and comes back re-read and compared.
 */
export interface Signer {
  /** 40 upper-case hexadecimal digits. */
  readonly fingerprint: string;
  /** ASCII-armored public key block. */
  readonly publicKey: string;
  sign(text: string): Promise<string>;
}

/** What a protected job asks to have accepted. */
export interface SigningRequest {
  readonly stack: string;
  /** Decimal id of the protected pipeline. */
  readonly pipeline: string;
  readonly job: string;
  /** Name by DAG hash of each package that the pipeline's lock allows, taken by the server from the lock that it recorded. */
  readonly allowed: ReadonlyMap<string, string>;
  readonly lockDigest: string;
  /** The object's name as the job wrote it: `v3/manifests/spec/<name>/<name>-<version>-<hash>.spec.manifest.json`. */
  readonly key: string;
  /** The unsigned manifest as the job wrote it. */
  readonly manifest: string;
}
