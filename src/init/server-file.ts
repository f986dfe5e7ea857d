import type { FolderFacts } from './inspect-folder.ts';
import type { ProjectOptions } from './project-options.ts';
import { yamlText } from './yaml-text.ts';

/** Returns the configuration of a server for this repository, on this machine. */
export function serverFile(facts: FolderFacts, { kind, name }: Pick<ProjectOptions, 'kind' | 'name'>): string {
  const { branch, environment = '.', gitlabCi } = facts;
  const isBesideCi = kind === 'container' || kind === 'gitlab';
  const folder = environment === '.' ? '' : `    # Folder of spack.yaml\n    environment: ${yamlText(environment)}\n`;
  return `# Configuration of \`slipway serve\`. Every key: docs/reference/configuration.md
# The server stores everything in slipway-data/ beside this file.
listen: 127.0.0.1:8080
stacks:
  - name: ${yamlText(name)}
    # The repository in this folder. Later: its address, as in https://git.example.org/lab/${name}.git
    remote: .
    defaultBranch: ${yamlText(branch)}
    poll: 5
${folder}${isBesideCi ? spackVariables(gitlabCi ?? '') : ''}`;
}

/** Returns the CI/CD variables of a GitLab project, as comments where `.gitlab-ci.yml` does not have their values. */
function spackVariables(gitlabCi: string): string {
  const value = (name: string) => new RegExp(`^\\s+${name}:\\s*["']?([^"'\\s#]+)`, 'm').exec(gitlabCi)?.[1];
  const [repository, reference] = [value('SPACK_REPO'), value('SPACK_REF')];
  const isKnown = repository !== undefined && reference !== undefined && !`${repository}${reference}`.includes('$');
  const mark = isKnown ? '' : '# ';
  return `    # The CI/CD variables of the GitLab project. docs/guides/moving-from-gitlab.md
    ${mark}variables:
    ${mark}  SPACK_REPO: ${repository ?? 'https://github.com/spack/spack.git'}
    ${mark}  SPACK_REF: ${reference ?? 'releases/v0.23'}
    # secrets:
    #   - { name: AWS_ACCESS_KEY_ID, from: { env: AWS_ACCESS_KEY_ID } }
    #   - { name: AWS_SECRET_ACCESS_KEY, from: { env: AWS_SECRET_ACCESS_KEY } }
`;
}
