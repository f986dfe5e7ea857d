/** Where a build finds the system's programs, whatever the caller's own search path is. */
export const systemPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
