#include "fft.h"

#include <cmath>
#include <cstdio>

int main() {
  const size_t count = 256;
  double samples[count], amplitudes[count / 2];
  for (size_t index = 0; index < count; index++) samples[index] = 3 * std::sin(2 * std::acos(-1.0) * 20 * index / count);
  if (fft_amplitudes(samples, 100, amplitudes) != -1) return std::puts("fft: 100 is no power of two"), 1;
  if (fft_amplitudes(samples, count, amplitudes) != 0) return std::puts("fft: 256 is a power of two"), 1;
  if (std::fabs(amplitudes[20] - 3) > 1e-9) return std::printf("fft: expected 3, got %.12f\n", amplitudes[20]), 1;
  if (amplitudes[40] > 1e-9) return std::puts("fft: there is no second wave"), 1;
  return 0;
}
