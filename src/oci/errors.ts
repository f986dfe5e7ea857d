import { defineErrors } from '../kit/index.ts';

export const ociError = defineErrors({
  OCI_REFERENCE_INVALID: {
    message: '`{reference}` is not an image reference: {reason}.',
    hint: 'Write `registry.example.org/path/name:tag`, `name@sha256:…` or `name`.',
    exitCode: 2,
  },
  OCI_DOCUMENT_INVALID: {
    message: '{what} {digest} of {location} violates the OCI image specification: {reason}.',
    hint: 'Build or copy the image again.',
  },
  OCI_BLOB_MISMATCH: {
    message: 'Blob {digest} of {location} does not match its descriptor: {reason}.',
    hint: 'Remove the copy, which is damaged or was modified, and copy the image again.',
    status: 502,
  },
  OCI_BLOB_MISSING: {
    message: 'Blob {digest} is missing in {location}.',
    hint: 'Copy the image again from a complete source.',
    status: 404,
  },
  OCI_IMAGE_MISSING: {
    message: 'There is no image `{reference}` in {location}.',
    hint: 'Check the name and the tag of the image.',
    status: 404,
  },
  OCI_PLATFORM_MISSING: {
    message: 'Image `{reference}` of {location} is not available for {platform}. It is available for {available}.',
    hint: 'Use an image that is available for {platform}.',
  },
  OCI_LAYOUT_INVALID: {
    message: 'Folder {path} is not an OCI image layout: {reason}.',
    hint: 'Name a folder that contains `oci-layout` and `index.json`, or one that does not exist yet.',
    exitCode: 2,
  },
  OCI_LAYOUT_WRITE_FAILED: {
    message: 'The image layout {path} cannot be written: {reason}.',
    hint: 'Check the free space and the permissions of the folder. Its previous content is unchanged.',
    status: 507,
  },
  OCI_COMPRESSION_UNKNOWN: {
    message: 'Layer {digest} has media type `{mediaType}`, which Slipway cannot unpack.',
    hint: 'Convert the layers to tar, tar+gzip or tar+zstd with `skopeo copy --dest-compress-format gzip`.',
  },
  OCI_LAYER_BROKEN: {
    message: 'Layer {digest} does not match its media type, because its {compression} data cannot be read.',
    hint: 'Build or copy the image again.',
  },
  REGISTRY_UNREACHABLE: {
    message: 'Registry {registry} does not answer ({method} {url}): {reason}.',
    hint: 'Check the name of the registry and the network, and whether the registry uses HTTPS.',
    status: 502,
  },
  REGISTRY_UNAUTHORIZED: {
    message: 'Registry {registry} refused {method} {url}: {reason}.',
    hint: 'Check the credentials for this registry, and that they give access to this repository.',
    status: 502,
  },
  REGISTRY_REQUEST_FAILED: {
    message: 'Registry {registry} answered {method} {url} with status {status}: {reason}.',
    hint: 'Check the log of the registry. No tag was changed.',
    status: 502,
  },
  REGISTRY_DIGEST_MISMATCH: {
    message: 'Registry {registry} reports digest {actual} for `{reference}`, but {expected} was sent or requested.',
    hint: 'Do not use this image. Find out what changes content between this machine and the registry.',
    status: 502,
  },
  REGISTRY_UPLOAD_STUCK: {
    message: 'Registry {registry} accepts chunks of {digest} but does not store them.',
    hint: 'Check the log of the registry. No tag was changed.',
    status: 502,
  },
  REGISTRY_CREDENTIALS_BROKEN: {
    message: 'Credentials for {registry} cannot be read from {source}: {reason}.',
    hint: 'Log in again, or set `SLIPWAY_REGISTRY_USERNAME` and `SLIPWAY_REGISTRY_PASSWORD`.',
    status: 502,
  },
  REGISTRY_ANSWER_INVALID: {
    message:
      'The answer of registry {registry} to {method} {url} violates the OCI distribution specification: {reason}.',
    hint: 'Check that the address is that of a registry.',
    status: 502,
  },
});
