#include "fft.h"

#include <math.h>
#include <stdio.h>

enum { count = 256 };

static int fail(const char *message) {
  printf("fft: %s\n", message);
  return 1;
}

int main(void) {
  double samples[count], amplitudes[count / 2];
  for (int index = 0; index < count; index++) samples[index] = 3 * sin(2 * acos(-1.0) * 20 * index / count);
  if (fft_amplitudes(samples, 100, amplitudes) != -1) return fail("100 is no power of two");
  if (fft_amplitudes(samples, count, amplitudes) != 0) return fail("256 is a power of two");
  if (fabs(amplitudes[20] - 3) > 1e-9) return fail("the wave has the amplitude 3");
  if (amplitudes[40] > 1e-9) return fail("there is no second wave");
  return 0;
}
