import { attemptProgram, messageOf } from '../kit/index.ts';

/** Runs git in a folder; a failure, even that there is no git, is part of the result. */
export async function runGit(
  folder: string,
  words: readonly string[],
): Promise<{ readonly stdout: string; readonly stderr: string; readonly failed: boolean }> {
  try {
    const { stdout, stderr, isSuccess } = await attemptProgram('git', words, { cwd: folder, env: 'inherited' });
    return { stdout: stdout.toString('utf8'), stderr: stderr.toString('utf8'), failed: !isSuccess };
  } catch (error) {
    return { stdout: '', stderr: messageOf(error), failed: true };
  }
}
