import { expect } from "chai";
import fc from "fast-check";

import { EventBuffer } from "../../lib/coordinator/event-buffer.ts";

async function rest<E>(buffer: EventBuffer<E>): Promise<unknown[]> {
  const read: unknown[] = [];
  for await (const event of buffer) read.push(event);
  return read;
}

describe("coordinator/event-buffer", () => {
  it("gives what happened in order, also what happened before anybody read, and ends", async () => {
    const buffer = new EventBuffer<number>(10);
    buffer.push(1);
    buffer.push(2);
    buffer.end();
    buffer.push(3);
    expect(await rest(buffer)).to.deep.equal([1, 2]);
    expect(await rest(buffer)).to.deep.equal([]);
  });

  it("gives what happens later to those who wait for it, in their order, and tells them the end", async () => {
    const buffer = new EventBuffer<number>(1);
    const reads = [buffer.next(), buffer.next(), buffer.next()];
    buffer.push(1);
    buffer.push(2);
    buffer.end();
    expect(await Promise.all(reads)).to.deep.equal([
      { done: false, value: 1 },
      { done: false, value: 2 },
      { done: true, value: undefined },
    ]);
  });

  for (const [pushed, missed] of [
    [2, 0],
    [3, 0],
    [4, 1],
    [9, 6],
  ] as const) {
    it(`of 3 places, says after ${pushed} events that ${missed} are missed, and gives the newest`, async () => {
      const buffer = new EventBuffer<number>(3);
      for (let i = 1; i <= pushed; i++) buffer.push(i);
      buffer.end();
      const kept = Array.from({ length: pushed }, (_, i) => i + 1).slice(-3);
      expect(await rest(buffer)).to.deep.equal([...(missed > 0 ? [{ kind: "missed", events: missed }] : []), ...kept]);
    });
  }

  it("keeps nothing more for a reader who has left", async () => {
    const buffer = new EventBuffer<number>(3);
    for (let i = 0; i < 9; i++) buffer.push(i);
    for await (const event of buffer) {
      expect(event).to.deep.equal({ kind: "missed", events: 6 });
      break;
    }
    buffer.push(9);
    expect(await rest(buffer)).to.deep.equal([]);
  });

  it("gives or counts every event once, however pushing and reading alternate", () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.boolean(), { maxLength: 60 }),
        fc.integer({ min: 1, max: 5 }),
        async (steps, most) => {
          const buffer = new EventBuffer<number>(most);
          const reads: ReturnType<typeof buffer.next>[] = [];
          let pushed = 0;
          for (const isPush of steps) {
            if (isPush) buffer.push(pushed++);
            else reads.push(buffer.next());
          }
          buffer.end();
          const results = [...(await Promise.all(reads)).flatMap(({ value }) => value ?? []), ...(await rest(buffer))];
          let expected = 0;
          for (const result of results as (number | { readonly events: number })[]) {
            if (typeof result === "number") expect(result).to.equal(expected++);
            else expected += result.events;
          }
          expect(expected).to.equal(pushed);
        },
      ),
    ));
});
