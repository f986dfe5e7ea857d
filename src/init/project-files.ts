import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { builtInPipeline } from '../pipeline/index.ts';
import { packageRoot } from '../kit/index.ts';
import type { FolderFacts } from './inspect-folder.ts';
import type { ProjectFile, ProjectOptions } from './project-options.ts';
import { packageFiles } from './package-files.ts';
import { recipeFiles, recipeProgram } from './recipe-files.ts';
import { serverFile } from './server-file.ts';
import { yamlText } from './yaml-text.ts';

/** Returns the files that set up a folder. */
export async function projectFiles(facts: FolderFacts, options: ProjectOptions): Promise<readonly ProjectFile[]> {
  const { kind, name, server } = options;
  const own = kind === 'recipe' ? recipeFiles(facts, name) : kind === 'package' ? await packageFiles(facts) : [];
  return [
    ...own,
    { path: 'slipway.yaml', text: imageFile(facts, options) },
    ...(server ? [{ path: 'slipway.server.yaml', text: serverFile(facts, options) }] : []),
    ...(facts.gitignore === undefined ? [{ path: '.gitignore', text: ignored.map((one) => `${one}\n`).join('') }] : []),
    ...(await ciFiles(facts, options)),
  ];
}

/** The entries of `.gitignore`. */
export const ignored = ['slipway-data/', 'jobs_scratch_dir/'];

function imageFile(facts: FolderFacts, { kind, name }: ProjectOptions): string {
  const program = kind === 'recipe' ? recipeProgram(facts, name) : undefined;
  const head = `# Images that Slipway publishes from this repository. Every key: docs/reference/configuration.md
images:
  # Without a registry in front of the name, the image is published on Slipway's own server.
  - repository: ${yamlText(name)}
    rules:
      - { branch: ${yamlText(facts.branch)}, tag: latest }
      - { gitTag: '/^v(.+)$/', tag: '$1' }
`;
  const packages = `    # The C library of the machine that makes the image; or a base image, as in \`base: debian:13-slim\`.
    # docs/guides/images.md
    base: host
${kind === 'recipe' ? '' : '    # All packages are linked into one folder, as a view of Spack.\n    view: /opt/view\n'}${
    program === undefined ? '    # config: { cmd: [program] }\n' : `    config: { cmd: [${yamlText(program)}] }\n`
  }`;
  return kind === 'container' ? `${head}${dockerfilePart(facts)}` : `${head}${packages}`;
}

/** The Dockerfile is built as it is; its folder is the context. */
function dockerfilePart({ dockerfile = 'docker/Dockerfile' }: FolderFacts): string {
  const place = dockerfile === 'docker/Dockerfile' ? '' : `    dockerfile: { path: ${yamlText(dockerfile)} }\n`;
  return `    # The Dockerfile of this repository makes the image. docs/guides/images.md
    # \`contents: packages\` with \`base: host\` puts the packages together without a Dockerfile.
    contents: dockerfile
${place}`;
}

async function ciFiles(
  { environment = '.', branch }: FolderFacts,
  { ci, name }: ProjectOptions,
): Promise<readonly ProjectFile[]> {
  if (ci === 'gitlab') {
    const head = `# Run by a Slipway server, and by GitLab where \`slipway\` is installed on the runners.
# The first job locks the environment and writes a job for each package that must be built; the second runs these jobs.
# docs/guides/spack-stacks.md
`;
    return [{ path: '.gitlab-ci.yml', text: head + builtInPipeline({ environment }) }];
  }
  if (ci === 'none') return [];
  const example = await readFile(join(packageRoot(), 'examples/github-actions/slipway.yml'), 'utf8');
  const text = example
    .replace('branches: [main]', () => `branches: [${yamlText(branch)}]`)
    .replace('${{ github.event.repository.name }}', () => yamlText(name));
  return [{ path: '.github/workflows/slipway.yml', text }];
}
