/**
 * Templates of GitLab that many pipelines include, in our own words: which pipelines there are, without duplicates for a
 * branch that has a request. https://docs.gitlab.com/ci/yaml/workflow/#workflowrules-templates
 */
export const builtInTemplates: Readonly<Record<string, string>> = {
  'Workflows/Branch-Pipelines.gitlab-ci.yml': `# Pipelines for branches and tags.
workflow:
  rules:
    - if: $CI_COMMIT_TAG
    - if: $CI_COMMIT_BRANCH
`,
  'Workflows/MergeRequest-Pipelines.gitlab-ci.yml': `# Pipelines for merge requests, tags and the default branch.
workflow:
  rules:
    - if: $CI_MERGE_REQUEST_IID
    - if: $CI_COMMIT_TAG
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
`,
};
