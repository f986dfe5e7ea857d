// The Mandelbrot set, in characters or (with --graymap) as a portable graymap.
#include <plot.h>

#include <cmath>
#include <complex>
#include <cstdio>
#include <cstring>
#include <vector>

namespace {

constexpr int most = 200;

// 1 in the set; outside from 0 (far away) to 0.7 (all but in it), smooth between whole steps.
double brightness(std::complex<double> c) {
  std::complex<double> z = 0;
  for (int step = 0; step < most; step++) {
    z = z * z + c;
    if (std::norm(z) > 64) {
      const double smooth = step + 1 - std::log2(std::log(std::abs(z)));
      return std::fmin(0.7, std::log(std::fmax(smooth, 1.0)) / 5);
    }
  }
  return 1;
}

std::vector<double> picture(int columns, int rows) {
  std::vector<double> values;
  for (int row = 0; row < rows; row++) {
    for (int column = 0; column < columns; column++) {
      values.push_back(brightness({-2.2 + 3.2 * (column + 0.5) / columns, -1.2 + 2.4 * (row + 0.5) / rows}));
    }
  }
  return values;
}

}  // namespace

int main(int argc, char **argv) {
  const bool graymap = argc > 1 && std::strcmp(argv[1], "--graymap") == 0;
  const int columns = graymap ? 640 : 72, rows = graymap ? 480 : 27;
  const std::vector<double> values = picture(columns, rows);
  (graymap ? plot_graymap : plot_field)(stdout, values.data(), columns, rows);
  return 0;
}
