/* Counts words: what word-count.ts of example 1 does, to the letter. Built by the command in README.md. */
#include "sealfold.h"
#include "text.h"

SEALFOLD_AGGREGATE(SEALFOLD_SUM)

static sealfold_table words; /* counts by word, until the records of a task are at an end */

/* A word in lower case, as far as it was read. */
typedef struct {
  uint8_t *at;
  uint32_t used, hash;
} open_word;

static inline void add_byte(open_word *word, uint8_t byte) {
  word->at[word->used++] = byte;
  word->hash = sealfold_hash_byte(word->hash, byte);
}

static inline void end_word(open_word *word) {
  if (word->used) sealfold_table_add_hashed(&words, word->at, word->used, sealfold_hash_end(word->hash), 1);
  word->used = 0;
  word->hash = SEALFOLD_HASH;
}

/* @returns the word, to which the character that stands at `at` was added, or which it ended */
static open_word add_character(open_word word, character next, const uint8_t *at, const uint8_t *from,
                               const uint8_t *end) {
  uint8_t kind = kind_of(next.code), utf8[4];
  if (!(kind & LETTER)) return end_word(&word), word;
  uint32_t length = write_character(utf8, kind & UPPER ? lower_case(next, at, from, end) : next.code);
  for (uint32_t i = 0; i < length; i++) add_byte(&word, utf8[i]);
  if (next.code == CAPITAL_I_WITH_DOT) end_word(&word); /* in lower case it is an i, and a dot that is no letter */
  return word;
}

SEALFOLD_EXPORT(map_chunk) int32_t map_chunk(const uint8_t *from, uint32_t length) {
  static uint8_t *bytes;
  static uint32_t room;
  if (room < length * 2) bytes = sealfold_bytes(room = length * 2); /* Ⱥ has two bytes, and ⱥ three */
  if (!bytes && length) return -1;
  const uint8_t *end = from + length;
  int32_t lines = length > 0 && end[-1] != '\n';
  open_word word = {bytes, 0, SEALFOLD_HASH};
  for (const uint8_t *at = from; at < end;) {
    uint32_t byte = *at, small = byte | 0x20;
    if (small >= 'a' && small <= 'z') add_byte(&word, small);
    else if (byte < 0x80) end_word(&word);
    else {
      character next = read_character(at, end);
      word = add_character(word, next, at, from, end);
      at += next.size;
      continue;
    }
    lines += byte == '\n';
    at++;
  }
  end_word(&word);
  return lines;
}

SEALFOLD_EXPORT(flush) void flush(void) { sealfold_table_emit(&words); }
