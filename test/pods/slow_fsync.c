// For LD_PRELOAD: a disk on which fsync takes as long as SLOW_FSYNC says, in milliseconds.
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static void wait_for_disk(void) {
  const char* milliseconds = getenv("SLOW_FSYNC");
  if (milliseconds != NULL) usleep(1000 * (useconds_t)atoi(milliseconds));
}

int fsync(int fd) {
  wait_for_disk();
  return (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd) {
  wait_for_disk();
  return (int)syscall(SYS_fdatasync, fd);
}
