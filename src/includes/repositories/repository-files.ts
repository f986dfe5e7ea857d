/** Reads projects of a forge. */
export interface RepositoryFiles {
  /** Returns the SHA of a branch, tag or commit; undefined if it does not exist. */
  commit(project: string, ref: string): Promise<string | undefined>;
  /** Returns a file at a commit; undefined if there is none. */
  read(file: { readonly project: string; readonly commit: string; readonly path: string }): Promise<string | undefined>;
  /** Returns the names of the tags. */
  tags(project: string): Promise<readonly string[]>;
}
