import { defineErrors } from '../../kit/index.ts';

export const artifactError = defineErrors({
  ARTIFACT_ARCHIVE_BROKEN: {
    message: 'The archive `{path}` cannot be read: {reason}',
    hint: 'Run the job that left it again.',
  },
  ARTIFACT_ENTRY_MISSING: {
    message: 'There is no file `{name}` in the archive `{path}`',
    hint: 'Add it to `artifacts:paths` of the job that makes it, and see in the job’s log that it was found.',
    status: 404,
  },
  ARTIFACT_ENTRY_TOO_LARGE: {
    message: 'The file `{name}` in the archive `{path}` has more than {limit} bytes',
    hint: 'Make the file smaller.',
    status: 413,
  },
  ARTIFACT_TOO_LARGE: {
    message: 'The artifact has more than {limit} bytes',
    hint: 'Leave less in `artifacts:paths`, or raise the limit in the server’s configuration.',
    status: 413,
  },
  ARTIFACT_UPLOAD_INVALID: {
    message: 'The upload is not a form with one file: {reason}',
    hint: 'Send `multipart/form-data` with a part called `file`.',
    status: 400,
  },
});
