import { bytesBlob, hexOf, jsonBytes, mediaTypes, type Blob, type Descriptor } from '../../oci/index.ts';

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

/**
 * The text whose signature says that an image is ours. `about` is told in `optional`; `cosign verify -a` compares it.
 */
export function simpleSigning(
  image: { readonly reference: string; readonly digest: string },
  about: Readonly<Record<string, string>>,
): string {
  return JSON.stringify({
    critical: {
      identity: { 'docker-reference': image.reference },
      image: { 'docker-manifest-digest': image.digest },
      type: 'cosign container image signature',
    },
    optional: about,
  });
}

/** A layer with annotations, as cosign keeps signatures and attestations in. */
export function annotatedLayer(text: string, mediaType: string, annotations: Readonly<Record<string, string>>): Blob {
  const blob = bytesBlob(Buffer.from(text), mediaType);
  const descriptor: Descriptor = { ...blob.descriptor, annotations };
  return { ...blob, descriptor };
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

/** The digest that a simple-signing text names; undefined if it is no such text. */
export function signedImage(text: string): { digest: string; optional: Readonly<Record<string, unknown>> } | undefined {
  try {
    const { critical, optional } = JSON.parse(text) as {
      critical: { image: { 'docker-manifest-digest': string } };
      optional?: Record<string, unknown> | null;
    };
    return { digest: critical.image['docker-manifest-digest'], optional: optional ?? {} };
  } catch {
    return undefined;
  }
}
