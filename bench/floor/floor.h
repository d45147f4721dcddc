/* What the floors share: a mapped file in pieces that end with lines, threads, and what was used. */

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

enum { pieceBytes = 4 << 20, roomBehind = 1 << 16 };

typedef struct {
  const uint8_t *text;
  size_t length;
} Piece;

static const uint8_t *fileText;
static size_t fileLength;
static atomic_size_t nextPiece;
static struct timespec begun;

static inline void *must(void *memory) {
  if (memory == NULL || memory == MAP_FAILED) {
    perror("floor");
    exit(1);
  }
  return memory;
}

/* Behind the file lie zeros, so that blocks may be read beyond its end. */
static void openFile(const char *path) {
  clock_gettime(CLOCK_MONOTONIC, &begun);
  int file = open(path, O_RDONLY);
  struct stat status;
  if (file < 0 || fstat(file, &status) != 0) must(NULL);
  fileLength = (size_t)status.st_size;
  uint8_t *room = must(mmap(NULL, fileLength + roomBehind, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  if (fileLength > 0) must(mmap(room, fileLength, PROT_READ, MAP_PRIVATE | MAP_FIXED, file, 0));
  madvise(room, fileLength, MADV_SEQUENTIAL);
  fileText = room;
}

/* Where the first line begins at or after `at`. */
static size_t lineFrom(size_t at) {
  if (at == 0) return 0;
  if (at >= fileLength) return fileLength;
  const uint8_t *end = memchr(fileText + at - 1, '\n', fileLength - at + 1);
  return end == NULL ? fileLength : (size_t)(end - fileText) + 1;
}

/* The next piece for whoever asks first; 0 when there is none. */
static int takePiece(Piece *piece) {
  size_t from = atomic_fetch_add(&nextPiece, 1) * pieceBytes;
  if (from >= fileLength) return 0;
  size_t start = lineFrom(from), end = lineFrom(from + pieceBytes);
  piece->text = fileText + start;
  piece->length = end - start;
  return 1;
}

/* Runs `work` once per thread, each with its own of the `states`. */
static void onThreads(int threads, void *(*work)(void *), void *states, size_t stateBytes) {
  pthread_t *running = must(calloc((size_t)threads, sizeof *running));
  for (int index = 0; index < threads; index++)
    if (pthread_create(&running[index], NULL, work, (uint8_t *)states + (size_t)index * stateBytes) != 0) must(NULL);
  for (int index = 0; index < threads; index++) pthread_join(running[index], NULL);
}

/* CPU and wall seconds and peak MiB so far, as JSON on standard error. */
static void reportUse(void) {
  struct timespec now;
  struct rusage use;
  clock_gettime(CLOCK_MONOTONIC, &now);
  getrusage(RUSAGE_SELF, &use);
  fprintf(stderr, "{\"cpu\":%.6f,\"wall\":%.6f,\"peakMiB\":%.1f}\n",
          use.ru_utime.tv_sec + use.ru_stime.tv_sec + 1e-6 * (use.ru_utime.tv_usec + use.ru_stime.tv_usec),
          now.tv_sec - begun.tv_sec + 1e-9 * (now.tv_nsec - begun.tv_nsec), use.ru_maxrss / 1024.0);
}
