import * as z from 'zod';

const Name = z.string().min(1).max(200);
const Pipeline = z.string().regex(/^\d{1,20}$/, 'expected the decimal id of a pipeline');
const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);
/** One of several locks of a pipeline; without it the only one, or the first. */
const LockName = z.string().max(1024).optional();

/** An entry that a protected job pushes. */
export const EntryMessage = z.strictObject({
  stack: Name,
  pipeline: Pipeline,
  job: Name,
  /** The lock that the server recorded for the pipeline. What is not in it is not signed. */
  lockDigest: Sha256,
  lockName: LockName,
  /** The object's name as the job wrote it: `v3/manifests/spec/<name>/<name>-<version>-<hash>.spec.manifest.json`. */
  key: z.string().max(1024),
  /** The unsigned manifest as the job wrote it. */
  manifest: z.string().max(2 ** 21),
  /** The pull request's pipeline whose job built it, if it is promoted; for the log. */
  promotedFrom: Pipeline.optional(),
  /** Also sign the entry's spec file of layout v2, for clients that know no other. */
  withSpecFile: z.boolean().optional(),
});

/** An entry that is on the protected mirror already. */
export const RenewalRequest = z.strictObject({
  stack: Name,
  name: Name,
  version: Name,
  hash: z.string().regex(/^[a-z2-7]{32}$/),
  withSpecFile: z.boolean().optional(),
});
export type RenewalRequest = z.infer<typeof RenewalRequest>;

/** A job of another CI system, with its ID token, and the lock by which its pipeline builds. */
export const IdentityMessage = z.strictObject({
  stack: Name,
  /** The server's record of the other system's pipeline. */
  pipeline: Pipeline,
  token: z.string().max(2 ** 14),
  lockDigest: Sha256,
});
export type IdentityMessage = z.infer<typeof IdentityMessage>;

/** How long packages of the pipeline are signed, in milliseconds since 1970. */
export const IdentityGrant = z.object({ until: z.number() });
export type IdentityGrant = z.infer<typeof IdentityGrant>;

/** The statement on the index of a root of a mirror. */
export const StatementRequest = z.strictObject({
  stack: Name,
  /** `''` for the mirror itself, `locks/<digest>` for a view, `snapshots/<name>` for a snapshot. */
  root: z.string().max(200),
  text: z.string().max(4096),
});
export type StatementRequest = z.infer<typeof StatementRequest>;

/** An image to be signed. */
export const ImageMessage = z.strictObject({
  stack: Name,
  /** The protected pipeline that tested the locks. */
  pipeline: Pipeline,
  /**
   * Cosign's "simple signing" JSON of the image's digest, or DSSE's encoding of an in-toto statement with SLSA's
   * provenance of the image.
   */
  payload: z.string().max(2 ** 22),
  /** The locks that the image is of. */
  locks: z
    .array(z.strictObject({ digest: Sha256, name: LockName }))
    .min(1)
    .max(64),
  /** Texts of the image's manifest and configuration; of an index also those of all its images. */
  documents: z.array(z.string().max(2 ** 23)).max(512),
});

interface WithLock {
  /** Reads the text of the lock, which must have the digest. Called if the lock is not known yet. */
  readonly readLock: () => Promise<string>;
}

export type SigningRequest = z.infer<typeof EntryMessage> & WithLock;
export type ImageLockReference = z.infer<typeof ImageMessage>['locks'][number] & WithLock;
export type ImageSigningRequest = Omit<z.infer<typeof ImageMessage>, 'locks' | 'documents'> & {
  readonly locks: readonly ImageLockReference[];
  readonly documents: readonly string[];
};

/** The notary's answer for an entry that is right. */
export const Attestation = z.object({
  /** The signed manifest. */
  manifest: z.string(),
  /** It was on the mirror before, validly signed; it was not signed again. */
  already: z.boolean(),
  /** The signed spec file of layout v2, if it was requested. */
  specFile: z.string().optional(),
});
export type Attestation = z.infer<typeof Attestation>;

export const ImageSignature = z.object({
  /** ECDSA P-256 over the payload's SHA-256, DER, base64: the annotation `dev.cosignproject.cosign/signature`. */
  signature: z.string(),
  /** PEM (`cosign.pub`). */
  publicKey: z.string(),
});
export type ImageSignature = z.infer<typeof ImageSignature>;

/** The one key that signs; those that signed before and are still accepted; those that are not accepted any more. */
const KeyState = z.enum(['signing', 'accepted', 'revoked']);
export type KeyState = z.infer<typeof KeyState>;

const KnownKey = z.object({ fingerprint: z.string(), publicKey: z.string(), state: KeyState });
export type KnownKey = z.infer<typeof KnownKey>;

/** The public side of the notary's keys. */
export const KnownKeys = z.object({
  keys: z.array(KnownKey),
  /** PEM of the key for images. */
  imageKey: z.string().optional(),
  /** Keys for images, also those that signed before. An older notary does not list them. */
  imageKeys: z.array(KnownKey).optional(),
});
export type KnownKeys = z.infer<typeof KnownKeys>;

/** The highest ids of a pipeline and of a job that something was signed for; 0 for none. */
export const UsedNumbers = z.object({
  pipeline: z.number().int().nonnegative(),
  job: z.number().int().nonnegative(),
});
export type UsedNumbers = z.infer<typeof UsedNumbers>;

/**
 * Makes an OpenPGP clearsigned text that `gpg` and Spack accept. The text must be the manifest's; the signed text is
 * read again and compared. Nothing else has the key.
 */
export interface Signer {
  /** 40 upper-case hexadecimal digits. */
  readonly fingerprint: string;
  /** ASCII-armored public key block. */
  readonly publicKey: string;
  sign(text: string): Promise<string>;
}

/**
 * Signs with the keys of the notary: in this process (tests) or in one of its own. It reads the mirror and never writes
 * it. Calls may come at any time, many at once; the same request again gets the same answer.
 */
export interface SigningService {
  /** Checks an entry against the lock and its blobs' bytes, signs it and logs for whom. Throws to refuse. */
  attest(request: SigningRequest): Promise<Attestation>;
  /**
   * Signs an entry again whose key was revoked: only if the log shows that this tarball was signed for this hash,
   * and its bytes still match. One that is validly signed is returned as it is.
   */
  renew(request: RenewalRequest): Promise<Attestation>;
  /**
   * Verifies the ID token of a job of another CI system, and logs that packages of its pipeline may be signed by this
   * lock for a while. Throws to refuse: also a token that was used for anything else, and another lock of the pipeline.
   */
  recordIdentity(request: IdentityMessage): Promise<IdentityGrant>;
  /** Signs nothing but such a statement, and none with a lower number than it has signed for the same root. */
  signStatement(request: StatementRequest): Promise<string>;
  signImage(request: ImageSigningRequest): Promise<ImageSignature>;
  knownKeys(): Promise<KnownKeys>;
  /** Which ids of a stack must not be used again, for a server that lost its database. */
  usedNumbers(stack: string): Promise<UsedNumbers>;
}
