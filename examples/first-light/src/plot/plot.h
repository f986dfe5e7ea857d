#ifndef PLOT_H
#define PLOT_H

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A picture in characters: `values` row by row, each from 0 (dark) to 1 (light). */
void plot_field(FILE *out, const double *values, int columns, int rows);

/* The same picture as a portable graymap (netpbm, P2). */
void plot_graymap(FILE *out, const double *values, int columns, int rows);

/* A curve of `count` values, one column each, over `rows` lines, with the scale on the left. */
void plot_curve(FILE *out, const double *values, int count, int rows);

/* A bar of at most `width` characters, in proportion to `value` over `most`. */
void plot_bar(FILE *out, double value, double most, int width);

#ifdef __cplusplus
}
#endif

#endif
