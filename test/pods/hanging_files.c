// For LD_PRELOAD: while the file HANG_WHILE is there, operations on files under HANG_UNDER do not
// come back, as on a volume whose network has gone.
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static void wait_for_volume(const char* path) {
  const char* under = getenv("HANG_UNDER");
  const char* while_there = getenv("HANG_WHILE");
  if (under == NULL || while_there == NULL) return;
  if (path != NULL && strncmp(path, under, strlen(under)) != 0) return;
  while (syscall(SYS_access, while_there, F_OK) == 0) usleep(10000);
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static mode_t mode_of(int flags, va_list more) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0;
}

int open(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = mode_of(flags, more);
  va_end(more);
  wait_for_volume(path);
  return NEXT(open)(path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = mode_of(flags, more);
  va_end(more);
  wait_for_volume(path);
  return NEXT(open64)(path, flags, mode);
}

int mkostemp(char* path, int flags) {
  wait_for_volume(path);
  return NEXT(mkostemp)(path, flags);
}

int mkostemp64(char* path, int flags) {
  wait_for_volume(path);
  return NEXT(mkostemp64)(path, flags);
}

int stat(const char* path, struct stat* into) {
  wait_for_volume(path);
  return NEXT(stat)(path, into);
}

int stat64(const char* path, struct stat64* into) {
  wait_for_volume(path);
  return NEXT(stat64)(path, into);
}

DIR* opendir(const char* path) {
  wait_for_volume(path);
  return NEXT(opendir)(path);
}

int rename(const char* from, const char* to) {
  wait_for_volume(from);
  return NEXT(rename)(from, to);
}

int fsync(int file) {
  wait_for_volume(NULL);
  return NEXT(fsync)(file);
}
