/* Characters beyond ASCII: UTF-8, letters, and lower case as JavaScript has it. */
#include <stdint.h>

#include "letters.h"

enum { LETTER = 1, CASED = 2, IGNORABLE = 4, UPPER = 8 };
enum { LAST = 0xe01ef, SIGMA = 0x3a3, FINAL_SIGMA = 0x3c2, CAPITAL_I_WITH_DOT = 0x130 };

/* What each character is; empty until the first one beyond ASCII comes. */
static uint8_t kinds[LAST + 1];

static void mark(const int32_t *ranges, uint32_t count, uint32_t width, uint8_t kind) {
  for (uint32_t i = 0; i < count; i += width)
    for (int32_t code = ranges[i]; code <= ranges[i + 1]; code += width == 4 ? ranges[i + 2] : 1) kinds[code] |= kind;
}

#define MARK(ranges, width, kind) mark(ranges, sizeof ranges / sizeof *ranges, width, kind)
static uint8_t kind_of(uint32_t code) {
  if (!kinds['a']) {
    MARK(letters, 2, LETTER);
    MARK(cased, 2, CASED);
    MARK(ignorable, 2, IGNORABLE);
    MARK(lower, 4, UPPER);
  }
  return code <= LAST ? kinds[code] : 0;
}

typedef struct {
  uint32_t code, size;
} character;

/* What is no UTF-8 is one byte, and no letter. */
static character read_character(const uint8_t *at, const uint8_t *end) {
  uint32_t first = *at, size = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (first < 0x80) return (character){first, 1};
  if (first < 0xc0 || (uint32_t)(end - at) < size) return (character){0, 1};
  uint32_t code = first & (0x7f >> size);
  for (uint32_t i = 1; i < size; i++) code = code << 6 | (at[i] & 0x3f);
  return (character){code, size};
}

static uint32_t write_character(uint8_t *to, uint32_t code) {
  uint32_t size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  for (uint32_t i = size - 1; i > 0; i--, code >>= 6) to[i] = 0x80 | (code & 0x3f);
  to[0] = size == 1 ? code : code | (0xf00 >> size & 0xff);
  return size;
}

/* Whether a cased letter stands before `at`, but for characters that do not count. */
static int is_cased_before(const uint8_t *at, const uint8_t *from, const uint8_t *end) {
  while (at > from) {
    do at--;
    while (at > from && (*at & 0xc0) == 0x80);
    uint8_t kind = kind_of(read_character(at, end).code);
    if (!(kind & IGNORABLE)) return kind & CASED;
  }
  return 0;
}

/* Whether a cased letter stands at `at`, but for characters that do not count. */
static int is_cased_after(const uint8_t *at, const uint8_t *end) {
  while (at < end) {
    character next = read_character(at, end);
    uint8_t kind = kind_of(next.code);
    if (!(kind & IGNORABLE)) return kind & CASED;
    at += next.size;
  }
  return 0;
}

/* The lower case of a letter that stands at `at`. A sigma at the end of a word has one of its own. */
static uint32_t lower_case(character letter, const uint8_t *at, const uint8_t *from, const uint8_t *end) {
  uint32_t code = letter.code, low = 0, high = sizeof lower / sizeof *lower / 4;
  if (code == SIGMA && is_cased_before(at, from, end) && !is_cased_after(at + letter.size, end)) return FINAL_SIGMA;
  while (low < high) {
    uint32_t middle = (low + high) / 2;
    if ((uint32_t)lower[middle * 4 + 1] < code) low = middle + 1;
    else high = middle;
  }
  return code + lower[low * 4 + 3];
}
