/**
 * The `containers.conf` of a podman with a folder of its own. Root's podman keeps the state of running containers in
 * `/run/libpod` otherwise, and `podman system reset` deletes it for every container of root.
 */
export function containersConf(folder: string): string {
  return [
    '[containers]',
    'default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]',
    '[engine]',
    'runtime = "runc"',
    'cgroup_manager = "cgroupfs"',
    'events_logger = "file"',
    `tmp_dir = "${folder}/libpod"`,
    '',
  ].join('\n');
}
