/** The value of a `!reference` tag, until it is resolved. */
export class Reference {
  readonly path: readonly unknown[];

  constructor(path: readonly unknown[]) {
    this.path = path;
  }
}
