#include "fft.h"

#include <complex.h>
#include <math.h>
#include <stdlib.h>

/* Cooley and Tukey, radix 2, in place. */
static void transform(double complex *data, size_t count, double turn) {
  for (size_t index = 1, mirrored = 0; index < count; index++) {
    size_t bit = count >> 1;
    for (; mirrored & bit; bit >>= 1) mirrored ^= bit;
    mirrored ^= bit;
    if (index < mirrored) {
      const double complex other = data[index];
      data[index] = data[mirrored], data[mirrored] = other;
    }
  }
  for (size_t length = 2; length <= count; length *= 2) {
    const double complex step = cexp(-I * turn / (double)length);
    for (size_t start = 0; start < count; start += length) {
      double complex factor = 1;
      for (size_t index = start; index < start + length / 2; index++) {
        const double complex odd = factor * data[index + length / 2];
        data[index + length / 2] = data[index] - odd;
        data[index] += odd;
        factor *= step;
      }
    }
  }
}

int fft_amplitudes(const double *samples, size_t count, double *amplitudes) {
  const double turn = 2 * acos(-1.0);
  if (count < 2 || (count & (count - 1)) != 0) return -1;
  double complex *data = malloc(count * sizeof *data);
  if (data == NULL) return -2;
  for (size_t index = 0; index < count; index++) {
    data[index] = samples[index] * (0.5 - 0.5 * cos(turn * (double)index / (double)count));
  }
  transform(data, count, turn);
  /* A Hann window keeps half of an amplitude, and a real wave has the other half at the negative frequency. */
  for (size_t index = 0; index < count / 2; index++) amplitudes[index] = 4 * cabs(data[index]) / (double)count;
  free(data);
  return 0;
}
