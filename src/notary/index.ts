/**
 * The notary: keys, signatures, what may be signed, and the log of what was. It checks what a protected job pushed
 * against that pipeline's lock and signs it at the door. It decides nothing about trust (the coordinator says what
 * is protected and which lock counts), and it keeps no mirror.
 */
export { exportCosignKey, generateCosignKey, readCosignKey, verifyCosignSignature } from './cosign-key.ts';
export type { CosignKey } from './cosign-key.ts';
export { notaryError } from './errors.ts';
export { signImagePayload } from './image-payload.ts';
export { exportSigningKey, generateKey, readPublicKeys, readSecretKey } from './keys.ts';
export type { KeyRequest, PublicKey, SecretKey } from './keys.ts';
export { createLocalNotary, createNotary } from './notary.ts';
export type { Accepted, LocalNotaryOptions, Notary, NotaryOptions } from './notary.ts';
export { createSigner } from './openpgp-signer.ts';
export type { ImageSignature, ImageSigningRequest, Signer, SigningRequest } from './port.ts';
export { createSigningLog, verifySigningLog } from './signing-log.ts';
export type { SigningLog, SigningRecord } from './signing-log.ts';
export { createVerifier } from './verifier.ts';
