/* The phase of the moon on a day: `moon 2000-01-21`, or today. */
#include <math.h>
#include <stdio.h>
#include <time.h>

static const double month = 29.530588853; /* days from new moon to new moon, on average */

/* Days from the new moon of 2000-01-06 18:14 UTC to noon of a day (Fliegel and Van Flandern's day number). */
static double age(int year, int month_of_year, int day) {
  const int a = (14 - month_of_year) / 12, y = year + 4800 - a, m = month_of_year + 12 * a - 3;
  const long number = day + (153 * m + 2) / 5 + 365L * y + y / 4 - y / 100 + y / 400 - 32045;
  const double days = fmod((double)number - 2451550.26, month);
  return days < 0 ? days + month : days;
}

static const char *phase(double days) {
  static const char *const names[] = {
    "new moon", "waxing crescent", "first quarter", "waxing gibbous", "full moon", "waning gibbous", "last quarter", "waning crescent",
  };
  return names[(int)(days / month * 8 + 0.5) % 8];
}

/* The lit side of a disc, as seen from the north. */
static void draw(double days) {
  const int radius = 6;
  const double edge = cos(2 * acos(-1.0) * days / month);
  for (int row = -radius; row <= radius; row++) {
    const double half = sqrt((double)(radius * radius - row * row)) * 2;
    for (int column = -2 * radius; column <= 2 * radius; column++) {
      const int inside = fabs((double)column) <= half;
      const int lit = days < month / 2 ? column > edge * half : column < -edge * half;
      putchar(inside ? (lit ? '@' : '.') : ' ');
    }
    putchar('\n');
  }
}

int main(int argc, char **argv) {
  int year, month_of_year, day;
  if (argc > 1) {
    if (sscanf(argv[1], "%d-%d-%d", &year, &month_of_year, &day) != 3) {
      fprintf(stderr, "moon: `%s` is no day; write it as 2000-01-21\n", argv[1]);
      return 2;
    }
  } else {
    const time_t now = time(NULL);
    const struct tm *today = gmtime(&now);
    year = today->tm_year + 1900, month_of_year = today->tm_mon + 1, day = today->tm_mday;
  }
  const double days = age(year, month_of_year, day);
  printf("%04d-%02d-%02d: %s, %.0f days old\n\n", year, month_of_year, day, phase(days), days);
  draw(days);
  return 0;
}
