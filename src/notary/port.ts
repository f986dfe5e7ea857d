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
  /** SHA-256 of the lock that the server recorded for the pipeline. What is not in it is not signed. */
  readonly lockDigest: string;
  /** Which of several locks of the pipeline it is; without it the only one, or the first. */
  readonly lockName?: string;
  /** The lock's text, which must have that digest; asked for when it is not known yet. */
  readonly readLock: () => Promise<string>;
  /** The object's name as the job wrote it: `v3/manifests/spec/<name>/<name>-<version>-<hash>.spec.manifest.json`. */
  readonly key: string;
  /** The unsigned manifest as the job wrote it. */
  readonly manifest: string;
  /** Also sign the entry's spec file of layout v2, for clients that know no other. */
  readonly withSpecFile?: boolean;
}

/** An entry that is on the protected mirror already. */
export interface RenewalRequest {
  readonly stack: string;
  readonly name: string;
  readonly version: string;
  readonly hash: string;
  readonly withSpecFile?: boolean;
}

/** The statement on the index of a root of a mirror. */
export interface StatementRequest {
  readonly stack: string;
  /** `''` for the mirror itself, `locks/<digest>` for a view, `snapshots/<name>` for a snapshot. */
  readonly root: string;
  readonly text: string;
}

/** What the notary gives for an entry that it found right. */
export interface Attestation {
  /** The signed manifest. */
  readonly manifest: string;
  /** It was on the mirror before, validly signed; nothing was signed anew. */
  readonly already: boolean;
  /** The signed spec file of layout v2, if it was asked for. */
  readonly specFile?: string;
}

/**
 * An image's signature is asked for: `payload` is cosign's "simple signing" JSON of the image's digest, or DSSE's
 * encoding of an in-toto statement with SLSA's provenance of the image.
 */
export interface ImageSigningRequest {
  readonly stack: string;
  /** Decimal id of the protected pipeline that tested the locks. */
  readonly pipeline: string;
  readonly payload: string;
  /** The locks that the image is of. */
  readonly locks: readonly ImageLockReference[];
  /** Texts of the image's manifest and configuration; of an index also those of all its images. */
  readonly documents: readonly string[];
}

export interface ImageLockReference {
  /** SHA-256. */
  readonly digest: string;
  /** As `lockName` of a `SigningRequest`. */
  readonly name?: string;
  /** The lock's text, which must have that digest; asked for when it is not known yet. */
  readonly readLock: () => Promise<string>;
}

export interface ImageSignature {
  /** ECDSA P-256 over the payload's SHA-256, DER, base64: the annotation `dev.cosignproject.cosign/signature`. */
  readonly signature: string;
  /** PEM (`cosign.pub`). */
  readonly publicKey: string;
}

export type KeyState = 'signing' | 'accepted' | 'revoked';

export interface KnownKey {
  readonly fingerprint: string;
  readonly publicKey: string;
  /** The one key that signs; those that signed before and still count; those that count no more. */
  readonly state: KeyState;
}

/** The public side of the notary's keys. */
export interface KnownKeys {
  readonly keys: readonly KnownKey[];
  /** PEM of the key for images. */
  readonly imageKey: string | undefined;
}

/** The highest ids of a pipeline and of a job that something was signed for; 0 for none. */
export interface UsedNumbers {
  readonly pipeline: number;
  readonly job: number;
}

/**
 * The notary proper, which has the keys: in this process (tests, small tools) or behind a socket in its own. It reads
 * the mirror and never writes it. Calls may come at any time, many at once; asking again gives the same answer.
 */
export interface SigningDesk {
  /** Checks an entry against the lock and its blobs' bytes, signs it and writes down for whom. Throws to refuse. */
  attest(request: SigningRequest): Promise<Attestation>;
  /**
   * Signs an entry anew whose signature counts no more, because its key was revoked: only if the log says that this
   * very tarball was signed for this hash, and its bytes still match. One that is validly signed is given back as it
   * is.
   */
  renew(request: RenewalRequest): Promise<Attestation>;
  /** Signs nothing but such a statement, and none with a lower number than it has signed for the same root. */
  signStatement(request: StatementRequest): Promise<string>;
  signImage(request: ImageSigningRequest): Promise<ImageSignature>;
  knownKeys(): Promise<KnownKeys>;
  /** Which ids of a stack must not be given again: a server that lost its database asks for them. */
  usedNumbers(stack: string): Promise<UsedNumbers>;
}
