/** The folders above a path: of `opt/a/b` `opt` and `opt/a`. */
export function parentsOf(path: string): readonly string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_part, index) => parts.slice(0, index + 1).join('/'));
}

/** Whether a name of the path begins with what whiteouts begin with (OCI image-spec, "Whiteouts"). */
export function hidesFiles(path: string): boolean {
  return /(^|\/)\.wh\./.test(path);
}

export function isBelow(path: string, folder: string): boolean {
  return folder === '' || path === folder || path.startsWith(`${folder}/`);
}
