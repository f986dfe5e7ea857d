/**
 * The notary: keys, signatures, what may be signed, and the log of what was signed. It checks what a protected job
 * pushed against the lock of its pipeline before it signs. It decides nothing about trust (the coordinator states what
 * is protected and which lock applies), and it keeps no mirror.
 */
export type { LogMemory } from './signing/log-memory.ts';
export { signImagePayload } from './signing/image-payload.ts';
export { createSigningDesk, type DeskKeys, type DeskStack } from './signing/signing-service.ts';
export { packagesSignedWith } from './signing/signed-with.ts';
export { createSigningLog, readSigningLog, verifySigningLog, type SigningLog } from './signing/signing-log.ts';
export type { SigningRecord } from './signing/signing-record.ts';
export { notaryError } from './errors.ts';
export {
  exportCosignKey,
  generateCosignKey,
  readCosignKey,
  verifyCosignSignature,
  type CosignKey,
} from './keys/cosign-key.ts';
export { KeyRing } from './keys/key-ring.ts';
export {
  exportSigningKey,
  generateKey,
  readPublicKeys,
  readSecretKey,
  type KeyRequest,
  type PublicKey,
  type SecretKey,
} from './keys/openpgp-key.ts';
export { createSigner } from './keys/openpgp-signer.ts';
export { readDetachedTrust, readOptionalTrust, readTrust, type TrustRequest } from './keys/trust.ts';
export { createDetachedVerifier, createVerifier } from './keys/verifier.ts';
export { addressFile, keyFolder, readAddress, signingLogFile } from './notary-folder.ts';
export {
  createLocalNotary,
  createNotary,
  type Accepted,
  type LocalNotaryOptions,
  type Notary,
  type NotaryOptions,
} from './notary.ts';
export type {
  Attestation,
  ImageSignature,
  ImageSigningRequest,
  KeyState,
  KnownKey,
  KnownKeys,
  RenewalRequest,
  Signer,
  SigningDesk,
  SigningRequest,
  StatementRequest,
  UsedNumbers,
} from './port.ts';
export { errorOf, wireFailure } from './wire/messages.ts';
export { notaryApp } from './wire/notary-app.ts';
export { NotaryConnection, type NotaryConnectionOptions } from './wire/notary-connection.ts';
export { remoteDesk } from './wire/remote-notary.ts';
