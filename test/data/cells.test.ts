import { expect } from "chai";

import { batchBytes, cellBatches, type CellPlace, openCell, sealCell } from "../../lib/data/cells.ts";
import { SealfoldError } from "../../lib/errors.ts";

const key = new Uint8Array(32).fill(9);
const place: CellPlace = { jobId: filled(32, 1), task: 4, attempt: filled(16, 2), partition: 3 };
const sealedBatch = batchBytes + 16;

describe("data/cells", () => {
  for (const [length, batches] of [
    [0, 1],
    [1, 1],
    [batchBytes - 5, 1],
    [batchBytes - 4, 1],
    [batchBytes - 3, 2],
    [batchBytes, 2],
    [2 * batchBytes - 4, 2],
    [2 * batchBytes - 3, 3],
  ] as const) {
    it(`carries a stream of ${length} bytes in ${batches} batches of one size`, () => {
      const stream = counting(length);
      expect(cellBatches([stream, new Uint8Array()])).to.equal(batches);
      const sealed = sealCell(key, place, stream, batches);
      expect(sealed.length).to.equal(batches * sealedBatch);
      expect(openCell({ key, place }, sealed, batches)).to.deep.equal(stream);
    });
  }

  it("gives the empty cell as many batches as the fullest", () => {
    const streams = [new Uint8Array(), counting(3 * batchBytes), counting(10)];
    const batches = cellBatches(streams);
    const sealed = streams.map((stream) => sealCell(key, place, stream, batches));
    expect(new Set(sealed.map((cell) => cell.length)).size).to.equal(1);
    expect(sealed.map((cell) => openCell({ key, place }, cell, batches))).to.deep.equal(streams);
  });

  it("opens into memory that was used before, and leaves nothing there of a cell that was altered", () => {
    const used = filled(2 * batchBytes, 7);
    const memory = (length: number): Uint8Array => used.subarray(0, length);
    const stream = counting(batchBytes);
    const sealed = sealCell(key, place, stream, 2);
    const opened = openCell({ key, place, memory }, sealed, 2);
    expect(opened).to.deep.equal(stream);
    expect(opened.buffer).to.equal(used.buffer);
    sealed[sealed.length - 1]! ^= 1;
    expectAltered(() => openCell({ key, place, memory }, sealed, 2));
    expect(used.every((byte) => byte === 0)).to.equal(true);
  });

  it("counts one batch for an attempt that wrote nothing", () => {
    expect(cellBatches([])).to.equal(1);
  });

  it("refuses a stream that does not fit into the batches", () => {
    expect(() => sealCell(key, place, counting(batchBytes - 3), 1)).to.throw(RangeError);
  });

  describe("refuses", () => {
    const batches = 3;
    const sealed = sealCell(key, place, counting(2 * batchBytes + 100), batches);
    const batch = (index: number): Uint8Array => sealed.subarray(index * sealedBatch, (index + 1) * sealedBatch);

    it("a byte altered at either end and in the middle of every batch", () => {
      for (let index = 0; index < batches; index++) {
        for (const at of [0, 3, 4, batchBytes / 2, batchBytes - 1, batchBytes, sealedBatch - 1]) {
          const altered = Uint8Array.from(sealed);
          altered[index * sealedBatch + at]! ^= 1;
          expectAltered(() => openCell({ key, place }, altered, batches));
        }
      }
    });

    it("batches in another order, doubled, dropped or cut", () => {
      for (const order of [[1, 0, 2], [0, 2, 1], [0, 0, 2], [0, 1], [0, 1, 2, 2], []]) {
        const cell = Buffer.concat(order.map(batch));
        expectAltered(() => openCell({ key, place }, cell, batches));
        expectAltered(() => openCell({ key, place }, cell, order.length));
      }
      expectAltered(() => openCell({ key, place }, sealed.subarray(0, -1), batches));
      expectAltered(() => openCell({ key, place }, sealed.subarray(0, -sealedBatch), batches));
      expectAltered(() => openCell({ key, place }, Uint8Array.of(...batch(0), 0), 1));
    });

    it("a number of batches that is not the manifest's", () => {
      for (const other of [0, 1, 2, 4, -1, NaN]) expectAltered(() => openCell({ key, place }, sealed, other));
    });

    it("the cell of another job, task, attempt or partition, and under another key", () => {
      for (const other of [
        { ...place, jobId: filled(32, 5) },
        { ...place, task: 5 },
        { ...place, attempt: filled(16, 5) },
        { ...place, partition: 5 },
      ]) {
        expectAltered(() => openCell({ key, place: other }, sealed, batches));
      }
      expectAltered(() => openCell({ key: filled(32, 8), place }, sealed, batches));
    });
  });
});

function expectAltered(act: () => unknown): void {
  expect(act).to.throw(SealfoldError).with.property("code", "BATCH_ALTERED");
}

function filled(length: number, value: number): Uint8Array {
  return new Uint8Array(length).fill(value);
}

function counting(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => index % 251);
}
