/* Needs the C library and the mathematics. */
#include <math.h>
#include <stdio.h>

int main(int argc, char **argv) {
  (void)argv;
  printf("The runtime answers: cos(0) = %.0f\n", cos(argc - 1.0));
  return 0;
}
