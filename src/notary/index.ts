/**
 * The notary: keys, signatures, what may be signed, and the log of what was signed. It checks what a protected job
 * pushed against the lock of its pipeline before it signs. It decides nothing about trust (the coordinator states what
 * is protected and which lock applies), and it keeps no mirror.
 */
export { signImagePayload } from './signing/image-payload.ts';
export type { IdentityPolicy } from './signing/identity.ts';
export type { SignedStack } from './signing/signed-stack.ts';
export { createSigningService } from './signing/signing-service.ts';
export { packagesSignedWith } from './signing/signed-with.ts';
export { createSigningLog, readSigningLog, verifySigningLog } from './signing/signing-log.ts';
export type { SigningRecord } from './signing/signing-record.ts';
export { notaryError } from './errors.ts';
export {
  commandImageSigner,
  exportCosignKey,
  generateCosignKey,
  readCosignKey,
  readImagePublicKey,
  type CosignKey,
  type ImageSigner,
} from './keys/cosign-key.ts';
export { commandProtection, passphraseProtection, type KeyProtection } from './keys/key-protection.ts';
export { KeyRing } from './keys/key-ring.ts';
export { exportSigningKey, generateKey, readPublicKeys, readSecretKey, type SecretKey } from './keys/openpgp-key.ts';
export { commandSigner, createSigner } from './keys/openpgp-signer.ts';
export { readDetachedTrust, readOptionalTrust, readTrust, type TrustRequest } from './keys/trust.ts';
export { createDetachedVerifier, createVerifier } from './keys/verifier.ts';
export { addressFile, keyFolder, readAddress, signingLogFile } from './notary-folder.ts';
export { createNotary, type Notary } from './notary.ts';
export type {
  Attestation,
  ImageSigningRequest,
  KnownKey,
  KnownKeys,
  Signer,
  SigningRequest,
  SigningService,
  UsedNumbers,
} from './port.ts';
export { errorOf, wireFailure } from './wire/messages.ts';
export { notaryApp } from './wire/notary-app.ts';
export { NotaryConnection, type NotaryConnectionOptions } from './wire/notary-connection.ts';
export { remoteNotary } from './wire/remote-notary.ts';
