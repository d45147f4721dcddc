// Memory of these programs: it only grows, and what is taken stays taken until the instance is gone. Bytes that were
// never written are 0.

/** Where the program's parameters lie, which are part of its bytes; see ../template.ts. Below `--memoryBase`. */
export const PARAMETERS: usize = 1024;

/** Reads of whole words and blocks go so far behind the bytes that they are about. */
export const SLACK: usize = 128;

let used: usize = 0;
let room: usize = 0;

/** @returns so many bytes, aligned to a line of the cache; 0 when there are none left */
export function take(bytes: usize): usize {
  if (bytes > 0x7fff_0000) return 0;
  const size = (bytes + 63) & ~63;
  if (used == 0) used = room = <usize>memory.size() << 16;
  const missing = used + size - room;
  if (used + size > room) {
    const pages = <i32>((missing + 0xffff) >> 16);
    if (memory.grow(pages) < 0) return 0;
    room += <usize>pages << 16;
  }
  const at = used;
  used += size;
  return at;
}

/** Memory for what the runtime hands over. */
export function allocate(length: u32): usize {
  return take(<usize>length + SLACK);
}
