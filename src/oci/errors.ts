import { defineErrors } from '../kit/index.ts';

export const ociError = defineErrors({
  OCI_REFERENCE_INVALID: {
    message: '`{reference}` is not an image reference: {reason}',
    hint: 'Write `registry.example.org/path/name:tag`, `name@sha256:…`, or just `name`.',
    exitCode: 2,
  },
  OCI_DOCUMENT_INVALID: {
    message: '{what} {digest} of {location} violates the image specification: {reason}',
    hint: 'Build or copy the image again.',
  },
  OCI_BLOB_MISMATCH: {
    message: 'Blob {digest} of {location} does not match its descriptor: {reason}',
    hint: 'The copy is damaged or was tampered with; remove it and copy the image again.',
    status: 502,
  },
  OCI_BLOB_MISSING: {
    message: 'Blob {digest} is not in {location}',
    hint: 'Copy the image again from where it is whole.',
    status: 404,
  },
  OCI_IMAGE_MISSING: {
    message: 'There is no image `{reference}` in {location}',
    hint: 'Check the name and the tag.',
    status: 404,
  },
  OCI_PLATFORM_MISSING: {
    message: 'Image `{reference}` of {location} has nothing for {platform}; it has {available}',
    hint: 'Choose an image that is made for this platform.',
  },
  OCI_LAYOUT_INVALID: {
    message: 'Folder {path} is not an OCI image layout: {reason}',
    hint: 'Name a folder that holds `oci-layout` and `index.json`, or one that does not exist yet.',
    exitCode: 2,
  },
  OCI_LAYOUT_WRITE_FAILED: {
    message: 'Could not write to the image layout {path}: {reason}',
    hint: 'Check free space and permissions of that folder; what was there before is unchanged.',
    status: 507,
  },
  OCI_COMPRESSION_UNKNOWN: {
    message: 'Layer {digest} has media type `{mediaType}`, which slipway cannot unpack',
    hint: 'Layers may be tar, tar+gzip, tar+zstd; copy the image with `skopeo copy --dest-compress-format gzip` first.',
  },
  OCI_LAYER_BROKEN: {
    message: 'Layer {digest} does not match its media type: its {compression} cannot be read',
    hint: 'Build or copy the image again.',
  },
  REGISTRY_UNREACHABLE: {
    message: 'Registry {registry} does not answer ({method} {url}): {reason}',
    hint: 'Check the name of the registry, the network, and whether it speaks HTTPS.',
    status: 502,
  },
  REGISTRY_UNAUTHORIZED: {
    message: 'Registry {registry} refuses {method} {url}: {reason}',
    hint: 'Check the credentials for this registry and that they may reach this repository.',
    status: 502,
  },
  REGISTRY_REQUEST_FAILED: {
    message: 'Registry {registry} answered {status} to {method} {url}: {reason}',
    hint: 'See what the registry says; nothing was tagged.',
    status: 502,
  },
  REGISTRY_DIGEST_MISMATCH: {
    message: 'Registry {registry} reports `{reference}` as {actual}; it was sent or requested as {expected}',
    hint: 'Something between here and the registry changes content; do not use this image.',
    status: 502,
  },
  REGISTRY_UPLOAD_STUCK: {
    message: 'Registry {registry} takes chunks of {digest} and keeps none of them',
    hint: 'See what the registry says; nothing was tagged.',
    status: 502,
  },
  REGISTRY_CREDENTIALS_BROKEN: {
    message: 'Credentials for {registry} cannot be had from {source}: {reason}',
    hint: 'Log in again, or set `SLIPWAY_REGISTRY_USERNAME` and `SLIPWAY_REGISTRY_PASSWORD`.',
    status: 502,
  },
  REGISTRY_ANSWER_INVALID: {
    message: 'Registry {registry} broke the distribution specification at {method} {url}: {reason}',
    hint: 'Check that the address is that of a registry.',
    status: 502,
  },
});
