#include "plot.h"

int main(void) {
  const double field[] = {0, 0.5, 1, 2};
  char text[64] = "";
  FILE *out = fmemopen(text, sizeof text, "w");
  plot_field(out, field, 4, 1);
  plot_bar(out, 2, 4, 6);
  fclose(out);
  const char expected[] = " +@@\n===";
  for (int index = 0; index < (int)sizeof expected; index++) {
    if (text[index] != expected[index]) {
      fprintf(stderr, "plot: expected \"%s\", got \"%s\"\n", expected, text);
      return 1;
    }
  }
  return 0;
}
