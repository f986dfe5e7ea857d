import { defineErrors } from '../kit/index.ts';

export const imageError = defineErrors({
  IMAGE_ENTRY_MISSING: {
    message: 'The image needs packages that the mirror does not have: {packages}',
    hint: 'Run the pipeline of this lock to its end, then build the image.',
    status: 409,
    exitCode: 1,
  },
  IMAGE_ENTRY_UNSIGNED: {
    message: 'The mirror has no valid signature for {package}, so it may not go into an image',
    hint: 'Run the protected pipeline of this lock; its notary signs what it accepts.',
    status: 409,
    exitCode: 1,
  },
  IMAGE_LAYERS_TOO_MANY: {
    message: 'The image would have {count} layers; registries and container engines take about {limit}',
    hint: 'Leave out roots of the environment, or take a base with fewer layers.',
    status: 422,
    exitCode: 1,
  },
  IMAGE_DEFINITION_MISSING: {
    message: '{file} defines {found}, so it is not clear which image is meant',
    hint: 'Name one with `--repository`.',
    status: 422,
    exitCode: 2,
  },
  IMAGE_FAULTY: {
    message: 'Image `{reference}` has {count} faults; the first: {first}',
    hint: 'Do not use it; build and publish it again.',
    status: 422,
    exitCode: 1,
  },
  IMAGE_EMPTY: {
    message: 'The lock has no package that could go into an image',
    hint: 'Give the environment a spec that is not external.',
    status: 422,
    exitCode: 2,
  },
  IMAGE_PLATFORM_UNKNOWN: {
    message: '{package} is for {platform}, which has no name among container images',
    hint: 'Images can be made of packages for Linux on x86_64, aarch64, ppc64le or riscv64.',
    status: 422,
    exitCode: 2,
  },
  IMAGE_PLATFORM_MIXED: {
    message: 'The packages are for different processors: {platforms}',
    hint: 'Give each processor an environment of its own.',
    status: 422,
    exitCode: 2,
  },
  IMAGE_PREFIX_UNKNOWN: {
    message: 'The tarball of {package} does not show its prefix',
    hint: 'Check the entry with `slipway mirror verify`, and push the package again.',
    status: 422,
    exitCode: 1,
  },
  IMAGE_BLOB_MISSING: {
    message: 'Blob {key} of {package} is not in the mirror {mirror}',
    hint: 'Check the mirror with `slipway mirror verify`; push the package again.',
    status: 409,
    exitCode: 1,
  },
  IMAGE_FILE_MISSING: {
    message: '`images[].files` names `{path}`, which is not in {place}',
    hint: 'Commit the file, or take it out of `files`.',
    status: 422,
    exitCode: 2,
  },
  IMAGE_FILE_REFUSED: {
    message: '`{path}` cannot be put into the image: {reason}',
    hint: 'Name a plain file or folder of the repository, and an absolute path for it.',
    status: 422,
    exitCode: 2,
  },
  IMAGE_FILES_TOO_LARGE: {
    message: 'The files of the image have more than {limit} bytes',
    hint: 'Make a package of what is large: packages are layers of their own.',
    status: 422,
    exitCode: 2,
  },
  IMAGE_PATH_CROSSES_LINK: {
    message: '`{path}` passes through `{link}`, which is not a folder in the base image{target}',
    hint: 'Choose another base, or another place.',
    status: 422,
    exitCode: 2,
  },
  IMAGE_BASE_INVALID: {
    message: 'Base `{base}` cannot be used: {reason}',
    hint: 'Write `scratch`, an image reference, or `oci:<folder>:<name>` for a layout inside the repository.',
    status: 422,
    exitCode: 2,
  },
  IMAGE_TAG_INVALID: {
    message: 'Rule for {repository} makes the tag `{tag}` of `{ref}`, which is not a valid tag',
    hint: 'A tag has up to 128 letters, digits, `_`, `.`, `-`; let the expression leave out the rest.',
    status: 422,
    exitCode: 2,
  },
  IMAGE_UNPACK_REFUSED: {
    message: 'Layer {digest} holds `{name}`, which {reason}',
    hint: 'Do not use this image: it was made to harm whoever unpacks it, or it is broken.',
    status: 422,
    exitCode: 1,
  },
  IMAGE_UNPACK_EXISTS: {
    message: 'Cannot unpack into {folder}: it is there already and not empty',
    hint: 'Name a folder that does not exist.',
    status: 409,
    exitCode: 2,
  },
});
