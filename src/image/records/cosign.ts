import { verify } from 'node:crypto';
import * as z from 'zod';
import { parseJson } from '../../kit/index.ts';
import { bytesBlob, hexOf, jsonBytes, mediaTypes, type Blob } from '../../oci/index.ts';
import type { BillImage } from './bill.ts';

/**
 * Cosign's media types, tags and annotations: <https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md>.
 */
export const simpleSigningType = 'application/vnd.dev.cosign.simplesigning.v1+json';
export const signatureArtifactType = 'application/vnd.dev.cosign.artifact.sig.v1+json';
export const signatureAnnotation = 'dev.cosignproject.cosign/signature';
export const predicateAnnotation = 'predicateType';

/** Where cosign looks for an image's signatures, and for its attestations. */
export function cosignTag(digest: string, suffix: 'sig' | 'att'): string {
  return `sha256-${hexOf(digest)}.${suffix}`;
}

/** The text that is signed for an image. `cosign verify -a` compares what is in `optional`. */
export function simpleSigning({ name, digest, locks, commit }: BillImage): string {
  return JSON.stringify({
    critical: {
      identity: { 'docker-reference': name },
      image: { 'docker-manifest-digest': digest },
      type: 'cosign container image signature',
    },
    optional: {
      [locks.length === 1 ? 'io.slipway.lock' : 'io.slipway.locks']: locks.map((one) => `sha256:${one}`).join(' '),
      'org.opencontainers.image.revision': commit,
    },
  });
}

const SimpleSigning = z.object({
  critical: z.object({ image: z.object({ 'docker-manifest-digest': z.string() }) }),
});

/** The digest that a simple-signing text names; undefined if it is no such text. */
export function signedDigest(bytes: Buffer): string | undefined {
  const { data } = SimpleSigning.safeParse(parseJson(bytes.toString('utf8')));
  return data?.critical.image['docker-manifest-digest'];
}

const PEM_BLOCK = /-----BEGIN [A-Z ]+-----[^-]*-----END [A-Z ]+-----/g;

/** Whether a signature (base64) is one of this key, or of one of these keys (PEM), for these bytes. */
export function isSigned(bytes: Buffer, signature: string, publicKeys: string | undefined): boolean {
  const keys = publicKeys?.match(PEM_BLOCK) ?? [];
  return keys.some((key) => verify('sha256', bytes, key, Buffer.from(signature, 'base64')));
}

/** A layer with annotations, as cosign keeps signatures and attestations in. */
export function annotatedLayer(text: string, mediaType: string, annotations: Readonly<Record<string, string>>): Blob {
  const blob = bytesBlob(Buffer.from(text), mediaType);
  return { ...blob, descriptor: { ...blob.descriptor, annotations } };
}

/** Cosign reads its signatures as images, so they have an image's configuration. */
export function cosignConfig(layers: readonly Blob[]): Blob {
  const config = {
    architecture: '',
    os: '',
    config: {},
    rootfs: { type: 'layers', diff_ids: layers.map(({ descriptor }) => descriptor.digest) },
  };
  return bytesBlob(jsonBytes(config), mediaTypes.config);
}
