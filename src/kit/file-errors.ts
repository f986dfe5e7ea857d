import { defineErrors } from './errors.ts';

export const fileError = defineErrors({
  FILE_UNREADABLE: {
    message: 'The file `{file}` cannot be read: {reason}',
    hint: 'Check the path and its permissions.',
    status: 400,
    exitCode: 2,
  },
  FILE_EXISTS: {
    message: '`{file}` exists already; nothing was written',
    hint: 'Name another file, or move that one away first.',
    status: 409,
    exitCode: 2,
  },
  FILE_UNWRITABLE: {
    message: '`{file}` cannot be written: {reason}',
    hint: 'Check that the folder exists and who may write there.',
    status: 500,
  },
});
