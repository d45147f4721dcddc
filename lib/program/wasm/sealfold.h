/*
 * What a program in C says to sealfold: the interface `sealfold/1`, documented in ABI.md. No C library is needed:
 *
 *   clang --target=wasm32 -O3 -nostdlib -mbulk-memory -I DIR -Wl,--no-entry -Wl,-z,stack-size=65536 \
 *     -o program.wasm program.c
 *
 * A program is this header, SEALFOLD_AGGREGATE, and `map_chunk` (or `map`):
 *
 *   #include "sealfold.h"
 *   SEALFOLD_AGGREGATE(SEALFOLD_SUM)
 *   SEALFOLD_EXPORT(map_chunk) int32_t map_chunk(const uint8_t *at, uint32_t length) { ... }
 */
#ifndef SEALFOLD_H
#define SEALFOLD_H

#include <stdint.h>

/* A function that the program exports. */
#define SEALFOLD_EXPORT(name) __attribute__((export_name(#name)))
/* A function of the runtime's. */
#define SEALFOLD_IMPORT(name) extern __attribute__((import_module("sealfold/1"), import_name(#name)))

/* What `aggregate` answers: what becomes of the values of one key. */
enum { SEALFOLD_OWN, SEALFOLD_SUM, SEALFOLD_COUNT, SEALFOLD_MEAN, SEALFOLD_MIN, SEALFOLD_MAX, SEALFOLD_MIN_MAX_MEAN };

/* Kinds of hashes and types of keys. */
enum { SEALFOLD_SHA256, SEALFOLD_SHA512 };
enum { SEALFOLD_HMAC_SHA256, SEALFOLD_HKDF_SHA256, SEALFOLD_AES_256_GCM_SIV, SEALFOLD_ED25519, SEALFOLD_X25519 };

/* While it maps. Keys are UTF-8. */
SEALFOLD_IMPORT(emit) void sealfold_emit(const void *key_at, uint32_t key_length, double value);
SEALFOLD_IMPORT(emit_bytes)
void sealfold_emit_bytes(const void *key_at, uint32_t key_length, const void *state_at, uint32_t state_length);
SEALFOLD_IMPORT(emit_pairs) void sealfold_emit_pairs(const void *at, uint32_t length);

/* Once in each `combine` and `finish`. */
SEALFOLD_IMPORT(result) void sealfold_result(const void *at, uint32_t length);

/* For the policy's readers of diagnostics. */
SEALFOLD_IMPORT(log) void sealfold_log(const void *at, uint32_t length);

/* Capabilities: whatever a program imports of these, the policy must grant. */
SEALFOLD_IMPORT(crypto_hash)
void sealfold_crypto_hash(uint32_t kind, const void *data_at, uint32_t data_length, void *to);
SEALFOLD_IMPORT(crypto_key) uint32_t sealfold_crypto_key(const void *name_at, uint32_t name_length);
SEALFOLD_IMPORT(crypto_generate_key) uint32_t sealfold_crypto_generate_key(uint32_t type);
SEALFOLD_IMPORT(crypto_import_key)
uint32_t sealfold_crypto_import_key(uint32_t type, const void *at, uint32_t length);
SEALFOLD_IMPORT(crypto_derive_key)
uint32_t sealfold_crypto_derive_key(uint32_t key, const void *info_at, uint32_t info_length, uint32_t type);
SEALFOLD_IMPORT(crypto_public_key) void sealfold_crypto_public_key(uint32_t key, void *to);
SEALFOLD_IMPORT(crypto_hmac)
void sealfold_crypto_hmac(uint32_t key, const void *data_at, uint32_t data_length, void *to);
SEALFOLD_IMPORT(crypto_hkdf)
void sealfold_crypto_hkdf(uint32_t key, const void *info_at, uint32_t info_length, void *to, uint32_t length);
SEALFOLD_IMPORT(crypto_seal)
void sealfold_crypto_seal(uint32_t key, const void *data_at, uint32_t data_length, const void *associated_at,
                          uint32_t associated_length, void *to);
SEALFOLD_IMPORT(crypto_open)
int32_t sealfold_crypto_open(uint32_t key, const void *sealed_at, uint32_t sealed_length, const void *associated_at,
                             uint32_t associated_length, void *to);
SEALFOLD_IMPORT(crypto_sign)
void sealfold_crypto_sign(uint32_t key, const void *data_at, uint32_t data_length, void *to);
SEALFOLD_IMPORT(crypto_verify)
int32_t sealfold_crypto_verify(const void *public_at, const void *data_at, uint32_t data_length,
                               const void *signature_at);
SEALFOLD_IMPORT(crypto_ecdh) uint32_t sealfold_crypto_ecdh(uint32_t key, const void *public_at);
SEALFOLD_IMPORT(random) void sealfold_random(void *to, uint32_t length);
SEALFOLD_IMPORT(clock) double sealfold_clock(void);
SEALFOLD_IMPORT(count) void sealfold_count(const void *name_at, uint32_t name_length, double by);
SEALFOLD_IMPORT(policy_query) uint32_t sealfold_policy_query(void *to, uint32_t capacity);
SEALFOLD_IMPORT(policy_narrow) void sealfold_policy_narrow(const void *at, uint32_t length);

/* Memory that is never given back, zeroed, aligned to 16 bytes; 0 when the policy's memory is used up. */
extern unsigned char __heap_base;
static uint32_t sealfold_heap;
static inline void *sealfold_bytes(uint32_t length) {
  uint64_t from = ((uint64_t)(sealfold_heap ? sealfold_heap : (uint32_t)(uintptr_t)&__heap_base) + 15) & ~(uint64_t)15;
  uint64_t to = from + length;
  uint64_t have = (uint64_t)__builtin_wasm_memory_size(0) << 16;
  if (to > have && __builtin_wasm_memory_grow(0, (uint32_t)((to - have + 0xffff) >> 16)) == (__SIZE_TYPE__)-1) return 0;
  sealfold_heap = (uint32_t)to;
  return (void *)(uintptr_t)(uint32_t)from;
}

/* Exports `allocate` and `aggregate`; once in a program. */
#define SEALFOLD_AGGREGATE(number)                                                                   \
  SEALFOLD_EXPORT(allocate) void *sealfold_allocate(uint32_t length) { return sealfold_bytes(length); } \
  SEALFOLD_EXPORT(aggregate) int32_t sealfold_aggregate(void) { return (number); }

/*
 * A table of numbers by key, for programs that add up before they emit: far fewer pairs cross the wall. A zeroed table
 * is an empty one; the pairs lie in memory as `emit_pairs` takes them.
 */
typedef struct {
  uint32_t *slots; /* each 0, or an offset into the pairs plus one */
  uint32_t *hashes;
  uint32_t mask, count;
  uint8_t *pairs;
  uint32_t used, room;
} sealfold_table;

static inline void sealfold_copy(uint8_t *to, const uint8_t *from, uint32_t length) {
  __builtin_memcpy(to, from, length);
}

static inline int sealfold_same(const uint8_t *a, const uint8_t *b, uint32_t length) {
  while (length >= 4) {
    uint32_t x, y;
    __builtin_memcpy(&x, a, 4);
    __builtin_memcpy(&y, b, 4);
    if (x != y) return 0;
    a += 4, b += 4, length -= 4;
  }
  while (length--) if (*a++ != *b++) return 0;
  return 1;
}

/* Doubles the slots. The old ones stay behind, which in all is no more than the new ones take. */
static inline void sealfold_table_grow(sealfold_table *table) {
  uint32_t old = table->slots ? table->mask + 1 : 0, size = old ? old * 2 : 4096;
  uint32_t *slots = sealfold_bytes(size * 8), *hashes = slots + size;
  if (!slots) __builtin_trap();
  for (uint32_t i = 0; i < old; i++) {
    if (!table->slots[i]) continue;
    uint32_t at = table->hashes[i] & (size - 1);
    while (slots[at]) at = (at + 1) & (size - 1);
    slots[at] = table->slots[i];
    hashes[at] = table->hashes[i];
  }
  table->slots = slots;
  table->hashes = hashes;
  table->mask = size - 1;
}

static inline void sealfold_table_reserve(sealfold_table *table, uint32_t length) {
  if (table->room - table->used >= length) return;
  uint32_t room = table->room ? table->room * 2 : 65536;
  while (room < table->used + length) room *= 2;
  uint8_t *pairs = sealfold_bytes(room);
  if (!pairs || room < table->room) __builtin_trap();
  if (table->used) sealfold_copy(pairs, table->pairs, table->used);
  table->pairs = pairs;
  table->room = room;
}

/* A hash of bytes, to be continued: begin with SEALFOLD_HASH, and end with sealfold_hash_end. */
#define SEALFOLD_HASH 2166136261u
static inline uint32_t sealfold_hash_byte(uint32_t hash, uint8_t byte) { return (hash ^ byte) * 16777619u; }
static inline uint32_t sealfold_hash_end(uint32_t hash) { return hash ^ (hash >> 15); }
static inline uint32_t sealfold_hash(const uint8_t *at, uint32_t length) {
  uint32_t hash = SEALFOLD_HASH;
  for (uint32_t i = 0; i < length; i++) hash = sealfold_hash_byte(hash, at[i]);
  return sealfold_hash_end(hash);
}

/* Adds one value under a key whose sealfold_hash is known. */
static inline void sealfold_table_add_hashed(sealfold_table *table, const void *key, uint32_t length, uint32_t hash,
                                             double value) {
  if (!table->slots || table->count * 2 > table->mask) sealfold_table_grow(table);
  uint32_t at = hash & table->mask;
  while (table->slots[at]) {
    uint8_t *pair = table->pairs + table->slots[at] - 1;
    uint32_t head[2];
    __builtin_memcpy(head, pair, 8);
    if (table->hashes[at] == hash && head[0] == length && sealfold_same(pair + 16, key, length)) {
      double sum;
      __builtin_memcpy(&sum, pair + 8, 8);
      sum += value;
      head[1]++;
      __builtin_memcpy(pair + 4, &head[1], 4);
      __builtin_memcpy(pair + 8, &sum, 8);
      return;
    }
    at = (at + 1) & table->mask;
  }
  sealfold_table_reserve(table, length + 16);
  uint8_t *pair = table->pairs + table->used;
  uint32_t head[2] = {length, 1};
  __builtin_memcpy(pair, head, 8);
  __builtin_memcpy(pair + 8, &value, 8);
  sealfold_copy(pair + 16, key, length);
  table->slots[at] = table->used + 1;
  table->hashes[at] = hash;
  table->used += length + 16;
  table->count++;
}

/* Adds one value under a key. */
static inline void sealfold_table_add(sealfold_table *table, const void *key, uint32_t length, double value) {
  sealfold_table_add_hashed(table, key, length, sealfold_hash(key, length), value);
}

/* Emits all sums, as one packed list, and empties the table. */
static inline void sealfold_table_emit(sealfold_table *table) {
  if (table->used) sealfold_emit_pairs(table->pairs, table->used);
  for (uint32_t i = 0; table->slots && i <= table->mask; i++) table->slots[i] = 0;
  table->used = table->count = 0;
}

#endif
