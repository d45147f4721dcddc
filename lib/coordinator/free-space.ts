/** Which bytes of a file are taken: best fit, and what is given back joins its free neighbours. */

/** `length` bytes from `start` on. */
export interface Extent {
  readonly start: number;
  readonly length: number;
}

export class FreeSpace {
  /** In order of their starts; no two of them touch, and none ends where the file does. */
  readonly #gaps: Extent[] = [];
  #end = 0;

  /** Bytes that the file needs. */
  get end(): number {
    return this.#end;
  }

  /** @returns a place of `length` bytes: the smallest gap that holds them, else the end of the file */
  take(length: number): Extent {
    if (length === 0) return { start: 0, length };
    const at = this.#bestFit(length);
    const gap = this.#gaps[at];
    if (gap === undefined) {
      const start = this.#end;
      this.#end += length;
      return { start, length };
    }
    const rest = { start: gap.start + length, length: gap.length - length };
    this.#gaps.splice(at, 1, ...(rest.length > 0 ? [rest] : []));
    return { start: gap.start, length };
  }

  /** @param extent - as {@link FreeSpace.take} gave it, once */
  give({ start, length }: Extent): void {
    if (length === 0) return;
    const after = this.#firstFrom(start);
    const left = this.#gaps[after - 1];
    const right = this.#gaps[after];
    const joinsLeft = left !== undefined && left.start + left.length === start;
    const joinsRight = right !== undefined && start + length === right.start;
    const from = joinsLeft ? left.start : start;
    const to = joinsRight ? right.start + right.length : start + length;
    const isLast = to === this.#end;
    const joined = isLast ? [] : [{ start: from, length: to - from }];
    this.#gaps.splice(after - Number(joinsLeft), Number(joinsLeft) + Number(joinsRight), ...joined);
    if (isLast) this.#end = from;
  }

  /** @returns the index of the smallest gap that holds `length` bytes, -1 when there is none */
  #bestFit(length: number): number {
    let best = -1;
    let bestLength = Infinity;
    for (const [at, gap] of this.#gaps.entries()) {
      if (gap.length < length || gap.length >= bestLength) continue;
      best = at;
      bestLength = gap.length;
      if (bestLength === length) break;
    }
    return best;
  }

  /** @returns the index of the first gap that does not begin before `start` */
  #firstFrom(start: number): number {
    let low = 0;
    let high = this.#gaps.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#gaps[middle]?.start ?? Infinity) < start) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
