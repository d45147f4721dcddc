/** Arithmetic and little else: a row's number goes through many steps of a recurrence, in doubles and in 32 bits. */

/** @returns what emits, under a row's station, where its number came to after `steps` */
export function afterSteps(steps: number): (row: string, emit: (key: string, value: number) => void) => void {
  return (row, emit) => {
    const cut = row.indexOf(";");
    const value = Number(row.slice(cut + 1));
    let x = Math.abs(value % 1) * 0.98 + 0.01;
    let bits = Math.imul(value * 10, 0x9e3779b1) | 1;
    for (let step = 0; step < steps; step++) {
      x = 3.9 * x * (1 - x);
      bits ^= bits << 13;
      bits ^= bits >>> 17;
      bits ^= bits << 5;
    }
    emit(row.slice(0, cut), Math.round((x + (bits & 1023)) * 4096) / 4096);
  };
}
