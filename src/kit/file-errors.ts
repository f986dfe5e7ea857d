import { defineErrors } from './errors.ts';

export const fileError = defineErrors({
  FILE_UNREADABLE: {
    message: 'The file `{file}` cannot be read: {reason}.',
    hint: 'Check the path and its permissions.',
    status: 400,
    exitCode: 2,
  },
  FILE_EXISTS: {
    message: 'The file `{file}` already exists, so nothing was written.',
    hint: 'Name another file, or move the existing one away.',
    status: 409,
    exitCode: 2,
  },
  FILE_UNWRITABLE: {
    message: 'The file `{file}` cannot be written: {reason}.',
    hint: 'Check that the folder exists and that you may write to it.',
    status: 500,
  },
});
