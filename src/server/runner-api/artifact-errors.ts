import { defineErrors } from '../../kit/index.ts';

export const artifactError = defineErrors({
  ARTIFACT_ARCHIVE_BROKEN: {
    message: 'The archive `{path}` cannot be read: {reason}.',
    hint: 'Run the job that created it again.',
  },
  ARTIFACT_ENTRY_MISSING: {
    message: 'There is no file `{name}` in the archive `{path}`.',
    hint:
      'Add the file to `artifacts:paths` of the job that creates it, and check in the log of the job that it ' +
      'was found.',
    status: 404,
  },
  ARTIFACT_ENTRY_TOO_LARGE: {
    message: 'The file `{name}` in the archive `{path}` is larger than {limit} bytes.',
    hint: 'Make the file smaller.',
    status: 413,
  },
  ARTIFACT_TOO_LARGE: {
    message: 'The artifact is larger than {limit} bytes.',
    hint: 'Name fewer files in `artifacts:paths`, or raise the limit in the configuration of the server.',
    status: 413,
  },
  ARTIFACT_UPLOAD_INVALID: {
    message: 'The upload is not a form with one file: {reason}.',
    hint: 'Send `multipart/form-data` with a part named `file`.',
    status: 400,
  },
});
