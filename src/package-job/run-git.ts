/** Runs git in a folder; a failure is part of the result. What starts programs is loaded here: most jobs start none. */
export async function runGit(
  folder: string,
  words: readonly string[],
): Promise<{ readonly stdout: string; readonly stderr: string; readonly failed: boolean }> {
  const { execa } = await import('execa');
  return execa('git', words, { cwd: folder, reject: false, stripFinalNewline: false });
}
