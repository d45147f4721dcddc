/* timed COMMAND ARGUMENTS…: runs a command and says on standard error, as the floors do, what it took. For commands that
 * cannot say it themselves. */

#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv) {
  struct timespec begun, ended;
  clock_gettime(CLOCK_MONOTONIC, &begun);
  pid_t child = argc > 1 ? fork() : -1;
  if (child < 0) return 2;
  if (child == 0) {
    execvp(argv[1], argv + 1);
    perror(argv[1]);
    _exit(127);
  }
  int status;
  struct rusage use;
  if (wait4(child, &status, 0, &use) < 0) return 1;
  clock_gettime(CLOCK_MONOTONIC, &ended);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
  fprintf(stderr, "{\"cpu\":%.6f,\"wall\":%.6f,\"peakMiB\":%.1f}\n",
          use.ru_utime.tv_sec + use.ru_stime.tv_sec + 1e-6 * (use.ru_utime.tv_usec + use.ru_stime.tv_usec),
          ended.tv_sec - begun.tv_sec + 1e-9 * (ended.tv_nsec - begun.tv_nsec), use.ru_maxrss / 1024.0);
  return 0;
}
