import { defineErrors } from '../kit/index.ts';

export const storeError = defineErrors({
  STORE_UNREADABLE: {
    message: 'The database `{path}` cannot be opened: {reason}.',
    hint: 'Check that the data folder is writable and has free space, and that the file is a database of Slipway.',
    status: 500,
  },
  STORE_TOO_NEW: {
    message:
      'The database `{path}` was written by a newer version of Slipway (schema {found}, this version supports ' +
      '{known}).',
    hint: 'Use that version, or start with another data folder.',
    status: 500,
  },
  STORE_TOO_OLD: {
    message:
      'The database `{path}` was written by a Slipway before 0.2.0 (schema {found}; this version reads {oldest} and later).',
    hint:
      'Move it and the files `-wal` and `-shm` beside it to another folder, and start again. The history of pipelines ' +
      'is lost; mirrors, keys and logs of signatures stay in use, and numbers continue.',
    status: 500,
  },
  STORE_NOT_UPGRADED: {
    message: 'The database `{path}` has not been upgraded to this version of Slipway yet.',
    hint: 'Start the server with this version once, or run this command with the version of the server.',
    status: 409,
  },
  STORE_FOLDER_UNUSABLE: {
    message: 'The data folder `{path}` cannot be used: {reason}.',
    hint: 'Name a folder that you may write to with `--data`, or with `data` in the configuration.',
    status: 500,
  },
  STORE_IN_USE: {
    message: 'The data folder `{path}` is in use by a running server (process {pid}).',
    hint: 'Stop that server first, or use another data folder.',
    status: 409,
  },
  STORE_NO_DATA: {
    message: 'There is no data of a server in `{folder}`.',
    hint: 'Name the data folder with `--data`, or the configuration of the server with `--config`.',
    status: 404,
    exitCode: 2,
  },
  STORE_NO_PIPELINE: {
    message: 'There is no pipeline {id}.',
    hint: 'Run `slipway status` to list the pipelines.',
    status: 404,
  },
});
