// Needs the C library, the mathematics and the C++ library.
#include <cmath>
#include <cstdio>
#include <string>

int main(int argc, char **) {
  const std::string word = argc > 5 ? "many" : "few";
  std::printf("The runtime answers: %s arguments, cos(0) = %.0f\n", word.c_str(), std::cos(argc - 1.0));
  return 0;
}
