/** Namespace that all stacks have in `CI_PROJECT_PATH` and in the URLs of their repositories. */
export const projectNamespace = 'stacks';
