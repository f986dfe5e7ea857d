import { defineErrors } from '../kit/index.ts';

export const auditError = defineErrors({
  AUDIT_UNWRITABLE: {
    message: 'The audit log in `{folder}` cannot be written, so nothing is done that it would have to record.',
    hint: 'Free space on its disk, or correct the permissions of the folder; the log of the server has the records that are missing.',
    status: 507,
  },
  AUDIT_BROKEN: {
    message: 'Line {line} of `{file}` is not what was written: {reason}.',
    hint: 'Compare the file with a copy, and treat everything from this line on as unproven.',
    status: 500,
  },
  AUDIT_HEAD_MISSING: {
    message: 'No record of the audit log in `{folder}` has the SHA-256 {head}: records were cut off or rewritten.',
    hint: 'Compare the log with a copy.',
    status: 500,
  },
  AUDIT_NONE: {
    message: 'There is no audit log in `{folder}`.',
    hint: 'Name the data folder of the server with `--data` or its configuration with `--config`.',
    exitCode: 2,
  },
  AUDIT_TIME_INVALID: {
    message: '`{value}` is not a time.',
    hint: 'Write a date, as in 2026-11-29, a time, as in 2026-11-29T12:00Z, or an age, as in 90m, 12h or 7d.',
    status: 400,
    exitCode: 2,
  },
});
