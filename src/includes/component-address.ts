import { includeError } from './errors.ts';

/** `host/group/project/name@version`. */
export interface ComponentAddress {
  readonly host: string;
  readonly project: string;
  readonly name: string;
  readonly version: string;
}

const ADDRESS = /^([A-Za-z0-9.-]+(?::\d+)?)\/(.+)\/([\w.-]+)@(~latest|[\w.][\w./+-]*)$/;

/** Reads the address of a component. https://docs.gitlab.com/ci/components/#use-a-component */
export function componentAddress(address: string): ComponentAddress {
  const [, host = '', path = '', name = '', version = ''] = ADDRESS.exec(address) ?? [];
  if (host === '') throw includeError('INCLUDE_NAME_INVALID', { name: address, what: 'address of a component' });
  const project = checkedProject(path);
  return { host: host.toLowerCase(), project, name: checkedName(name), version };
}

/** Where the text of a component may be in its project. */
export function componentFiles(name: string): readonly string[] {
  return [`templates/${name}.yml`, `templates/${name}/template.yml`];
}

/** Returns the path of a project, which becomes a part of URLs. */
export function checkedProject(project: string): string {
  const parts = project.split('/');
  const isPath = parts.length > 1 && parts.every((part) => /^[A-Za-z0-9_.][\w.-]*$/.test(part) && !isDots(part));
  if (!isPath) throw includeError('INCLUDE_NAME_INVALID', { name: project, what: 'path of a project' });
  return project;
}

function checkedName(name: string): string {
  if (isDots(name)) throw includeError('INCLUDE_NAME_INVALID', { name, what: 'name of a component' });
  return name;
}

function isDots(part: string): boolean {
  return /^\.+$/.test(part);
}
