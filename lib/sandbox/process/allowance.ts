/** How much memory the process of one sandbox may take, in three bounds: the heap's own, a watch's, and the kernel's. */

const MiB = 1024 * 1024;

/**
 * What a thread needs beside its program's memory: V8's young generations and code, garbage that V8 has not collected,
 * and what was given back to the allocator and not to the system.
 */
const overheadMiB = 192;

/** Private memory that Node sets aside before it runs anything: mostly V8's ranges for code, which stay empty. */
const startMiB = 1536;

/** @returns bytes by which a process may grow while its sandbox runs, beside what the sandbox was given to work on */
export function growthBytes(memoryMiB: number): number {
  return (memoryMiB + overheadMiB) * MiB;
}

/** @returns the kernel's bound of private memory, in KiB as `ulimit -d` takes it: far enough off to be met only at once */
export function dataKiB(memoryMiB: number): number {
  return (startMiB + 2 * (memoryMiB + overheadMiB)) * 1024;
}
