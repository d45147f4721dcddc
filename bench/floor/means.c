/* The floor of an average: means FILE THREADS. Rows are "key;value", the value a decimal with one digit behind its
 * point; sums are whole tenths. Prints "key\tmean" lines to standard output, and what it took to standard error. */

#include "floor.h"

typedef struct {
  const uint8_t *key; /* NULL where the slot is free */
  uint64_t start;     /* the key's first eight bytes, zeros behind */
  uint32_t length;
  int64_t sum, count;
} Slot;

enum { tableSlots = 1 << 17 }; /* distinct keys stay well below */

typedef struct {
  Slot *slots;
  uint64_t used;
} Table;

static Slot *find(Table *table, const uint8_t *key, uint32_t length) {
  uint64_t start = 0, end = 0;
  if (length >= 8) {
    memcpy(&start, key, 8);
    memcpy(&end, key + length - 8, 8);
  } else {
    memcpy(&start, key, 8); /* there is room behind the file */
    start &= (1ull << (8 * length)) - 1;
  }
  uint64_t hash = (start ^ (end >> 7) ^ length) * 0x9e3779b97f4a7c15u;
  hash ^= (end ^ hash >> 32) * 0xd6e8feb86659fd93u;
  for (uint64_t at = hash >> 40;; at++) {
    Slot *slot = &table->slots[at & (tableSlots - 1)];
    if (slot->key == NULL) {
      if (++table->used > tableSlots / 2) {
        fputs("floor: too many keys\n", stderr);
        exit(1);
      }
      *slot = (Slot){key, start, length, 0, 0};
      return slot;
    }
    if (slot->start == start && slot->length == length && (length <= 8 || memcmp(slot->key, key, length) == 0))
      return slot;
  }
}

static void *sum(void *given) {
  Table *table = given;
  table->slots = must(calloc(tableSlots, sizeof(Slot)));
  Piece piece;
  while (takePiece(&piece)) {
    const uint8_t *at = piece.text, *end = piece.text + piece.length;
    while (at < end) {
      const uint8_t *key = at;
      while (*at != ';') at++;
      uint32_t length = (uint32_t)(at - key);
      at++;
      int isNegative = *at == '-';
      at += isNegative;
      int64_t tenths = 0;
      for (; *at != '.'; at++) tenths = 10 * tenths + (*at - '0');
      tenths = 10 * tenths + (at[1] - '0');
      at += 3;
      Slot *slot = find(table, key, length);
      slot->sum += isNegative ? -tenths : tenths;
      slot->count++;
    }
  }
  return table;
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  openFile(argv[1]);
  int threads = atoi(argv[2]);
  Table *tables = must(calloc((size_t)threads, sizeof(Table)));
  onThreads(threads, sum, tables, sizeof(Table));
  for (int other = 1; other < threads; other++) {
    for (int at = 0; at < tableSlots; at++) {
      const Slot *slot = &tables[other].slots[at];
      if (slot->key == NULL) continue;
      Slot *into = find(&tables[0], slot->key, slot->length);
      into->sum += slot->sum;
      into->count += slot->count;
    }
  }
  reportUse();
  for (int at = 0; at < tableSlots; at++) {
    const Slot *slot = &tables[0].slots[at];
    if (slot->key == NULL) continue;
    fwrite(slot->key, 1, slot->length, stdout);
    printf("\t%.17g\n", (double)slot->sum / 10 / (double)slot->count);
  }
  return 0;
}
