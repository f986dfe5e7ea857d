/** `CI_RUNNER_EXECUTABLE_ARCH`, in the words of Go: `linux/amd64`. */
export const executableArch = `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`;
