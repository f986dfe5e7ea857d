#ifndef FFT_H
#define FFT_H

#include <stddef.h>

/*
 * Amplitudes of the frequencies in `count` real samples (a power of two), after a Hann window: `amplitudes` gets
 * count / 2 values, the one at k for k cycles over all the samples. A pure wave on a whole k shows its own amplitude.
 * Returns 0, -1 if count is not a power of two, or -2 if there is not enough memory.
 */
int fft_amplitudes(const double *samples, size_t count, double *amplitudes);

#endif
