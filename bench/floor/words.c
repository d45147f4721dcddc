/* The floor of a word count: words FILE THREADS fields|letters. Maps the file, cuts it at line ends into pieces that
 * threads take in turn, counts into a hash table per thread, and joins the tables. "fields" are maximal runs without
 * ASCII white space, "letters" maximal runs of ASCII letters, lower-cased. Prints "word\tcount" lines to standard
 * output, and what it took, before printing, to standard error. Words end where a piece does: pieces end with lines. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "floor.h"

typedef struct {
  uint64_t low, high; /* the word's first sixteen bytes, zeros behind */
  uint64_t count;     /* 0 where the slot is free */
  uint32_t length;
  uint32_t rest; /* where the bytes of a longer word are */
} Slot;

typedef struct {
  Slot *slots;
  uint64_t mask, used;
  uint8_t *rests;
  size_t restsLength, restsRoom;
} Table;

static int wantsLetters;

static void openTable(Table *table, uint64_t slots) {
  table->slots = must(calloc(slots, sizeof(Slot)));
  table->mask = slots - 1;
}

static uint64_t mix(uint64_t a, uint64_t b) {
  __uint128_t product = (__uint128_t)(a ^ 0x9e3779b97f4a7c15u) * (b ^ 0xd6e8feb86659fd93u);
  return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t keepBytes(uint64_t word, size_t bytes) { return bytes >= 8 ? word : word & ((1ull << (8 * bytes)) - 1); }

static uint64_t lower(uint64_t word, size_t bytes) {
  return keepBytes(wantsLetters ? word | 0x2020202020202020u : word, bytes);
}

static uint8_t lowerByte(uint8_t byte) { return wantsLetters ? byte | 0x20 : byte; }

static void grow(Table *table);

/* `rest` is what follows the word's first sixteen bytes. */
static Slot *find(Table *table, Slot word, const uint8_t *rest) {
  uint64_t hash = mix(word.low, word.high + word.length);
  uint32_t more = word.length > 16 ? word.length - 16 : 0;
  for (uint32_t at = 0; at < more; at++) hash = mix(hash, lowerByte(rest[at]));
  for (uint64_t at = hash & table->mask;; at = (at + 1) & table->mask) {
    Slot *slot = &table->slots[at];
    if (slot->count == 0) {
      if (more > 0) {
        if (table->restsLength + more > table->restsRoom) {
          table->restsRoom = 2 * table->restsRoom + more + 4096;
          table->rests = must(realloc(table->rests, table->restsRoom));
        }
        word.rest = (uint32_t)table->restsLength;
        for (uint32_t i = 0; i < more; i++) table->rests[table->restsLength++] = lowerByte(rest[i]);
      }
      word.count = 0;
      *slot = word;
      table->used++;
      return slot;
    }
    if (slot->low != word.low || slot->high != word.high || slot->length != word.length) continue;
    uint32_t same = 0;
    while (same < more && table->rests[slot->rest + same] == lowerByte(rest[same])) same++;
    if (same == more) return slot;
  }
}

static void add(Table *table, const uint8_t *text, size_t length) {
  uint64_t low, high = 0; /* the mapping has room behind the file, so that both loads stay in it */
  memcpy(&low, text, 8);
  if (length > 8) {
    memcpy(&high, text + 8, 8);
    high = lower(high, length - 8);
  }
  Slot word = {lower(low, length), high, 0, (uint32_t)length, 0};
  find(table, word, text + 16)->count++;
  if (2 * table->used > table->mask) grow(table);
}

/* Adds another table's word, whose bytes from the sixteenth on are in `rests`. */
static void addFrom(Table *table, const Slot *slot, const uint8_t *rests) {
  find(table, *slot, rests + slot->rest)->count += slot->count;
}

static void grow(Table *table) {
  Table old = *table;
  memset(table, 0, sizeof *table);
  openTable(table, 2 * (old.mask + 1));
  for (uint64_t at = 0; at <= old.mask; at++)
    if (old.slots[at].count) addFrom(table, &old.slots[at], old.rests);
  free(old.slots);
  free(old.rests);
}

/* Bit i: whether byte i of the sixty-four belongs to a word. */
static uint64_t wordBits(const uint8_t *text) {
  uint64_t bits = 0;
#ifdef __SSE2__
  for (int part = 0; part < 4; part++) {
    __m128i bytes = _mm_loadu_si128((const __m128i *)(text + 16 * part));
    uint64_t found;
    if (wantsLetters) {
      __m128i from = _mm_sub_epi8(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), _mm_set1_epi8('a'));
      found = (uint16_t)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(from, _mm_set1_epi8(25)), from));
    } else {
      __m128i from = _mm_sub_epi8(bytes, _mm_set1_epi8('\t'));
      __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(from, _mm_set1_epi8(4)), from);
      found = (uint16_t)~_mm_movemask_epi8(_mm_or_si128(control, _mm_cmpeq_epi8(bytes, _mm_set1_epi8(' '))));
    }
    bits |= found << (16 * part);
  }
#else
  for (int at = 0; at < 64; at++) {
    uint8_t byte = text[at];
    int isWord = wantsLetters ? (uint8_t)((byte | 32) - 'a') < 26 : !(byte == ' ' || (uint8_t)(byte - '\t') < 5);
    bits |= (uint64_t)isWord << at;
  }
#endif
  return bits;
}

static void *count(void *given) {
  Table *table = given;
  openTable(table, 1 << 16);
  Piece piece;
  while (takePiece(&piece)) {
    const uint8_t *text = piece.text;
    uint64_t before = 0; /* whether the last byte of the block before was of a word */
    size_t start = 0;
    for (size_t at = 0; at < piece.length; at += 64) {
      uint64_t bits = wordBits(text + at);
      if (piece.length - at < 64) bits &= (1ull << (piece.length - at)) - 1;
      uint64_t edges = bits ^ (bits << 1 | before);
      before = bits >> 63;
      while (edges) {
        int bit = __builtin_ctzll(edges);
        if (bits >> bit & 1) start = at + bit;
        else add(table, text + start, at + bit - start);
        edges &= edges - 1;
      }
    }
    if (before) add(table, text + start, piece.length - start); /* no byte of the last block was behind the piece */
  }
  return table;
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  wantsLetters = strcmp(argv[3], "letters") == 0;
  openFile(argv[1]);
  int threads = atoi(argv[2]);
  Table *tables = must(calloc(threads, sizeof(Table)));
  onThreads(threads, count, tables, sizeof(Table));
  for (int other = 1; other < threads; other++) {
    for (uint64_t at = 0; at <= tables[other].mask; at++) {
      if (tables[other].slots[at].count) addFrom(&tables[0], &tables[other].slots[at], tables[other].rests);
      if (2 * tables[0].used > tables[0].mask) grow(&tables[0]);
    }
  }
  reportUse();
  for (uint64_t at = 0; at <= tables[0].mask; at++) {
    const Slot *slot = &tables[0].slots[at];
    if (slot->count == 0) continue;
    uint8_t first[16];
    memcpy(first, &slot->low, 8);
    memcpy(first + 8, &slot->high, 8);
    fwrite(first, 1, slot->length < 16 ? slot->length : 16, stdout);
    if (slot->length > 16) fwrite(tables[0].rests + slot->rest, 1, slot->length - 16, stdout);
    printf("\t%llu\n", (unsigned long long)slot->count);
  }
  return 0;
}
