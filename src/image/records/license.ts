import parse from 'spdx-expression-parse';

/** A licence as a recipe names it: an expression that SPDX knows, or a name of its own; neither if there is none. */
interface License {
  readonly expression?: string;
  readonly name?: string;
}

/** SPDX 2.3, annex D: only licences of its list (or `LicenseRef-…`) may stand in an expression. */
export function readLicense(text = ''): License {
  if (text.trim() === '') return {};
  try {
    parse(text);
    return { expression: text };
  } catch {
    return { name: text };
  }
}

/** The reference by which an SPDX document names a licence that is not on the list. */
export function licenseReference(name: string): string {
  return `LicenseRef-${name.replace(/[^A-Za-z0-9.-]+/g, '-').replace(/^-+|-+$/g, '') || 'unnamed'}`;
}
