import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';

/** A key of gpg. */
export interface SigningKey {
  readonly id: string;
  /** Variables with which git and gpg use it. */
  readonly env: Readonly<Record<string, string>>;
}

/** Makes a key that is gone with its folder, for an author who may have no name in git's configuration. */
export async function temporaryKey(scratch: string): Promise<SigningKey> {
  const id = 'dry-run@slipway.invalid';
  const env = {
    GNUPGHOME: join(scratch, 'gnupg'),
    GIT_AUTHOR_NAME: 'dry run',
    GIT_AUTHOR_EMAIL: id,
    GIT_COMMITTER_NAME: 'dry run',
    GIT_COMMITTER_EMAIL: id,
  };
  await mkdir(env.GNUPGHOME, { mode: 0o700 });
  await execa('gpg', ['--batch', '--quiet', '--passphrase', '', '--quick-generate-key', id, 'ed25519', 'sign'], {
    env,
  });
  return { id, env };
}
