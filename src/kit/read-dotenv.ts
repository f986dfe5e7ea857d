/**
 * `NAME=value` lines as GitLab takes them from `artifacts:reports:dotenv`: no comments, no quotes, no lines that go on
 * (https://docs.gitlab.com/ci/yaml/artifacts_reports/#artifactsreportsdotenv). Gives the line that is none, where there is one.
 */
export function readDotenv(text: string): {
  readonly variables: Readonly<Record<string, string>>;
  readonly broken?: string;
} {
  const variables: Record<string, string> = {};
  for (const line of text.split(/\r?\n/)) {
    if (line.trim() === '') continue;
    const match = /^\s*([A-Za-z_]\w*)=(.*)$/.exec(line);
    if (match === null) return { variables, broken: line };
    variables[match[1] as string] = (match[2] as string).trim();
  }
  return { variables };
}
