import { existsSync, readFileSync } from 'node:fs';

const CONTAINER =
  'Start the container so that it may make namespaces. Podman: `--security-opt unmask=ALL`. Docker: ' +
  '`--security-opt seccomp=unconfined ' +
  '--security-opt apparmor=unconfined --security-opt systempaths=unconfined`. Kubernetes: `hostUsers: false`, and in ' +
  'the `securityContext` of the container `seccompProfile: {type: Unconfined}`, ' +
  '`appArmorProfile: {type: Unconfined}` and `procMount: Unmasked`.';

const APPARMOR =
  'AppArmor forbids user namespaces (Ubuntu 24.04 and newer). Install bubblewrap and give it a profile, as root: ' +
  "`printf 'abi <abi/4.0>,\\ninclude <tunables/global>\\nprofile bwrap /usr/bin/bwrap flags=(unconfined) " +
  "{ userns, }\\n' > /etc/apparmor.d/bwrap && apparmor_parser -r /etc/apparmor.d/bwrap`. Or allow them to everyone: " +
  '`sysctl -w kernel.apparmor_restrict_unprivileged_userns=0`.';

const FORBIDDEN: readonly { readonly setting: string; readonly value: string; readonly remedy: string }[] = [
  {
    setting: 'user/max_user_namespaces',
    value: '0',
    remedy: 'Allow user namespaces, as root: `sysctl -w user.max_user_namespaces=15000`.',
  },
  {
    setting: 'kernel/unprivileged_userns_clone',
    value: '0',
    remedy: 'Allow user namespaces, as root: `sysctl -w kernel.unprivileged_userns_clone=1`.',
  },
  { setting: 'kernel/apparmor_restrict_unprivileged_userns', value: '1', remedy: APPARMOR },
];

const INSTALL = 'Install bubblewrap 0.6 or newer (Debian: `apt-get install bubblewrap`), or perl.';

interface Machine {
  /** Reads a setting below `/proc/sys`; undefined where there is none. */
  readonly setting: (name: string) => string | undefined;
  readonly isContainer: boolean;
}

/** Returns what to do on a machine where no mechanism works, by the reasons of each. */
export function explainRefusal(reasons: readonly string[], machine: Machine = thisMachine()): string {
  if (reasons.every((reason) => reason.endsWith('it is not installed'))) return INSTALL;
  const forbidden = FORBIDDEN.find(({ setting, value }) => machine.setting(setting) === value);
  if (forbidden !== undefined) return forbidden.remedy;
  return machine.isContainer ? CONTAINER : `${INSTALL} The kernel must allow user namespaces.`;
}

function thisMachine(): Machine {
  return {
    setting: (name) => readText(`/proc/sys/${name}`)?.trim(),
    isContainer:
      ['/.dockerenv', '/run/.containerenv', '/var/run/secrets/kubernetes.io'].some((path) => existsSync(path)) ||
      /^Seccomp:\s*2$/m.test(readText('/proc/self/status') ?? ''),
  };
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
