import { defineErrors } from '../kit/index.ts';

export const auditError = defineErrors({
  AUDIT_UNWRITABLE: {
    message: 'The audit log in `{folder}` cannot be written, so actions that must be recorded are refused.',
    hint:
      'Free space on the disk or correct the permissions of the folder. The log of the server has the missing ' +
      'records.',
    status: 507,
  },
  AUDIT_BROKEN: {
    message: 'Line {line} of the audit log `{file}` was changed after it was written: {reason}.',
    hint: 'Compare the file with a backup, and do not trust this line and those after it.',
    status: 500,
  },
  AUDIT_HEAD_MISSING: {
    message: 'No record of the audit log in `{folder}` has the SHA-256 {head}, so records were removed or rewritten.',
    hint: 'Compare the log with a backup.',
    status: 500,
  },
  AUDIT_NONE: {
    message: 'There is no audit log in `{folder}`.',
    hint: 'Name the data folder of the server with `--data` or its configuration with `--config`.',
    exitCode: 2,
  },
  AUDIT_TIME_INVALID: {
    message: '`{value}` is not a valid time.',
    hint: 'Write a date (2026-11-29), a time (2026-11-29T12:00Z) or an age (90m, 12h, 7d).',
    status: 400,
    exitCode: 2,
  },
});
