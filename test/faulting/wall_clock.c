// Preloaded, the wall clock of one process differs by the seconds that stand in /run/wall_clock.
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec* now) {
  const int failed = (int)syscall(SYS_clock_gettime, clock, now);
  long seconds = 0;
  FILE* file = clock == CLOCK_REALTIME ? fopen("/run/wall_clock", "r") : NULL;
  if (file == NULL) return failed;
  if (fscanf(file, "%ld", &seconds) == 1) now->tv_sec += seconds;
  fclose(file);
  return failed;
}
