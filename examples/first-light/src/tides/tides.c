/*
 * The tide at a port that does not exist, from five harmonic constituents with their true speeds; then the same
 * constituents found again in the record by a Fourier transform.
 */
#include <fft.h>
#include <math.h>
#include <plot.h>
#include <stdio.h>

enum { hours = 4096, shown = 66 };

struct constituent {
  const char *name;
  const char *cause;
  double speed;     /* degrees an hour */
  double amplitude; /* metres */
  double phase;     /* degrees at hour 0 */
};

static const struct constituent constituents[] = {
  {"M2", "Moon, twice a day", 28.9841042, 1.62, 118.0},
  {"S2", "Sun, twice a day", 30.0000000, 0.58, 162.0},
  {"N2", "Moon's distance", 28.4397295, 0.33, 95.0},
  {"K1", "Moon and Sun, daily", 15.0410686, 0.14, 20.0},
  {"O1", "Moon, daily", 13.9430356, 0.09, 330.0},
};
enum { count = sizeof constituents / sizeof constituents[0] };

static double height(double hour) {
  double sum = 0;
  for (int index = 0; index < count; index++) {
    const struct constituent *one = &constituents[index];
    sum += one->amplitude * cos((one->speed * hour - one->phase) * acos(-1.0) / 180);
  }
  return sum;
}

static void print_curve(void) {
  double values[shown];
  for (int hour = 0; hour < shown; hour++) values[hour] = height(hour);
  printf("Height of the tide over %d hours, in metres\n\n", shown);
  plot_curve(stdout, values, shown, 11);
  printf("         0h          12h         24h         36h         48h         60h\n\n");
}

static void print_extremes(void) {
  const double step = 1.0 / 60;
  printf("  day  time    water   metres\n");
  for (double hour = step; hour < 48; hour += step) {
    const double before = height(hour - step), now = height(hour), after = height(hour + step);
    if ((now > before) == (now > after)) {
      const int minutes = (int)(hour * 60 + 0.5);
      printf("  %3d  %02d:%02d   %-6s %7.2f\n", minutes / 1440 + 1, minutes / 60 % 24, minutes % 60, now > before ? "high" : "low", now);
    }
  }
  printf("\n");
}

static double strongest_near(const double *amplitudes, double cycles) {
  double most = 0;
  for (int at = (int)cycles - 1; at <= (int)cycles + 2; at++) {
    if (amplitudes[at] > most) most = amplitudes[at];
  }
  return most;
}

static int print_spectrum(void) {
  static double samples[hours], amplitudes[hours / 2];
  for (int hour = 0; hour < hours; hour++) samples[hour] = height(hour);
  if (fft_amplitudes(samples, hours, amplitudes) != 0) return 1;
  printf("  wave  cause                period/h  metres  found in the record\n");
  for (int index = 0; index < count; index++) {
    const struct constituent *one = &constituents[index];
    const double found = strongest_near(amplitudes, one->speed / 360 * hours);
    printf("  %-4s  %-19s  %8.4f  %6.2f  %4.2f ", one->name, one->cause, 360 / one->speed, one->amplitude, found);
    plot_bar(stdout, found, constituents[0].amplitude, 24);
    printf("\n");
  }
  return 0;
}

int main(void) {
  print_curve();
  print_extremes();
  return print_spectrum();
}
