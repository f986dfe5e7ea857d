#include "plot.h"

static const char ramp[] = " .:-=+*#%@";

static double clamp(double value) {
  if (value < 0) return 0;
  return value > 1 ? 1 : value;
}

void plot_field(FILE *out, const double *values, int columns, int rows) {
  const int last = (int)sizeof ramp - 2;
  for (int row = 0; row < rows; row++) {
    for (int column = 0; column < columns; column++) {
      fputc(ramp[(int)(clamp(values[row * columns + column]) * last + 0.5)], out);
    }
    fputc('\n', out);
  }
}

void plot_graymap(FILE *out, const double *values, int columns, int rows) {
  fprintf(out, "P2\n%d %d\n255\n", columns, rows);
  for (int index = 0; index < columns * rows; index++) {
    fprintf(out, "%d\n", (int)(clamp(values[index]) * 255 + 0.5));
  }
}

/* Whether the curve passes within `near` of a level on its way to a column. */
static int touches(const double *values, int column, double level, double near) {
  const double now = values[column], before = column > 0 ? values[column - 1] : now;
  if (level >= now - near && level < now + near) return 1;
  return (before < level) != (now < level) && (before - level) * (before - level) > near * near;
}

void plot_curve(FILE *out, const double *values, int count, int rows) {
  double low = values[0], high = values[0];
  for (int index = 1; index < count; index++) {
    if (values[index] < low) low = values[index];
    if (values[index] > high) high = values[index];
  }
  const double step = high > low ? (high - low) / (rows - 1) : 1;
  for (int row = 0; row < rows; row++) {
    const double level = high - row * step;
    int end = count;
    while (end > 0 && !touches(values, end - 1, level, step / 2)) end--;
    fprintf(out, "%7.2f |", level);
    for (int column = 0; column < end; column++) fputc(touches(values, column, level, step / 2) ? '*' : ' ', out);
    fputc('\n', out);
  }
}

void plot_bar(FILE *out, double value, double most, int width) {
  const int length = most > 0 ? (int)(clamp(value / most) * width + 0.5) : 0;
  for (int index = 0; index < length; index++) fputc('=', out);
}
