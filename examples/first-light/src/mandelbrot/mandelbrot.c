/* The Mandelbrot set, in characters or (with --graymap) as a portable graymap. */
#include <complex.h>
#include <math.h>
#include <plot.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { most = 200 };

/* 1 in the set; outside from 0 (far away) to 0.7 (all but in it), smooth between whole steps. */
static double brightness(double complex c) {
  double complex z = 0;
  for (int step = 0; step < most; step++) {
    z = z * z + c;
    if (cabs(z) > 8) {
      const double smooth = step + 1 - log2(log(cabs(z)));
      return fmin(0.7, log(fmax(smooth, 1)) / 5);
    }
  }
  return 1;
}

static double *picture(int columns, int rows) {
  double *values = malloc(sizeof *values * (size_t)columns * (size_t)rows);
  if (values == NULL) return NULL;
  for (int row = 0; row < rows; row++) {
    for (int column = 0; column < columns; column++) {
      const double across = -2.2 + 3.2 * (column + 0.5) / columns, up = -1.2 + 2.4 * (row + 0.5) / rows;
      values[row * columns + column] = brightness(across + up * I);
    }
  }
  return values;
}

int main(int argc, char **argv) {
  const int graymap = argc > 1 && strcmp(argv[1], "--graymap") == 0;
  const int columns = graymap ? 640 : 72, rows = graymap ? 480 : 27;
  double *values = picture(columns, rows);
  if (values == NULL) return fputs("mandelbrot: not enough memory\n", stderr), 1;
  (graymap ? plot_graymap : plot_field)(stdout, values, columns, rows);
  free(values);
  return 0;
}
