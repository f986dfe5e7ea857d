import type { NetworkHost } from '../../coordinator/index.ts';

/** Where most recipes of Spack download from. */
const SOURCES = [
  // Spack's own mirror of sources and its binaries.
  '*.spack.io',
  // Sources, release files and archives of commits.
  'github.com',
  '*.github.com',
  '*.githubusercontent.com',
  'gitlab.com',
  'bitbucket.org',
  'sourceforge.net',
  '*.sourceforge.net',
  // `ftpmirror.gnu.org` redirects to hosts that are not listed; recipes then go on with `ftp.gnu.org`.
  '*.gnu.org',
  '*.kernel.org',
  'sourceware.org',
  '*.sourceware.org',
  // Registries of languages.
  'pypi.org',
  'files.pythonhosted.org',
  '*.python.org',
  'crates.io',
  '*.crates.io',
  'proxy.golang.org',
  'sum.golang.org',
  'registry.npmjs.org',
  'rubygems.org',
  '*.cpan.org',
  '*.r-project.org',
];
/** Where repositories are cloned from over ssh. */
const GIT = ['github.com', 'gitlab.com', 'bitbucket.org'];

export const defaultHosts: readonly NetworkHost[] = [
  ...SOURCES.map((host) => ({ host, purpose: 'sources', allowPrivate: false }) as const),
  ...GIT.map((host) => ({ host, purpose: 'git', allowPrivate: false }) as const),
];
