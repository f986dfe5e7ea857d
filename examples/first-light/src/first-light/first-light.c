/* Shows what the stack computes: runs its programs one after another. There is no shell in the image. */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static int run(const char *title, const char *program) {
  printf("\n  %s\n\n", title);
  fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    execl(program, program, (char *)NULL);
    perror(program);
    _exit(127);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) < 0) return perror(program), 1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int main(void) {
  printf("First light: a stack from source to image\n");
  const int picture = run("The Mandelbrot set", MANDELBROT "/bin/mandelbrot");
  const int table = run("The tides of a port that does not exist", TIDES "/bin/tides");
  return picture != 0 ? picture : table;
}
