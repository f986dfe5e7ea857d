/** What stands behind a `!reference` tag, until it is looked up. */
export class Reference {
  readonly path: readonly unknown[];

  constructor(path: readonly unknown[]) {
    this.path = path;
  }
}
