#include "fft.h"

#include <cmath>
#include <complex>
#include <utility>
#include <vector>

namespace {

using Complex = std::complex<double>;
const double turn = 2 * std::acos(-1.0);

// Cooley and Tukey, radix 2, in place.
void transform(std::vector<Complex> &data) {
  const size_t count = data.size();
  for (size_t index = 1, mirrored = 0; index < count; index++) {
    size_t bit = count >> 1;
    for (; mirrored & bit; bit >>= 1) mirrored ^= bit;
    mirrored ^= bit;
    if (index < mirrored) std::swap(data[index], data[mirrored]);
  }
  for (size_t length = 2; length <= count; length *= 2) {
    const Complex step = std::polar(1.0, -turn / static_cast<double>(length));
    for (size_t start = 0; start < count; start += length) {
      Complex factor = 1;
      for (size_t index = start; index < start + length / 2; index++) {
        const Complex odd = factor * data[index + length / 2];
        data[index + length / 2] = data[index] - odd;
        data[index] += odd;
        factor *= step;
      }
    }
  }
}

}  // namespace

extern "C" int fft_amplitudes(const double *samples, size_t count, double *amplitudes) {
  if (count < 2 || (count & (count - 1)) != 0) return -1;
  std::vector<Complex> data(count);
  for (size_t index = 0; index < count; index++) {
    const double window = 0.5 - 0.5 * std::cos(turn * static_cast<double>(index) / static_cast<double>(count));
    data[index] = samples[index] * window;
  }
  transform(data);
  // A Hann window keeps half of an amplitude, and a real wave has the other half at the negative frequency.
  for (size_t index = 0; index < count / 2; index++) amplitudes[index] = 4 * std::abs(data[index]) / static_cast<double>(count);
  return 0;
}
