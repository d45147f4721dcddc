/** A command's surroundings that keep what is written to them. */

import { EventEmitter } from "node:events";
import { Writable } from "node:stream";

import type { CommandIo } from "../../lib/cli/command-io.ts";
import type { Screen } from "../../lib/cli/screen-text.ts";

/** A screen that remembers. */
export class FakeScreen implements Screen {
  readonly isTTY: boolean;
  readonly columns: number;
  text = "";

  constructor(isTTY = false, columns = 80) {
    this.isTTY = isTTY;
    this.columns = columns;
  }

  write(text: string): void {
    this.text += text;
  }
}

/** Signals on demand, and an exit that only is noted. */
export class FakeSignals extends EventEmitter {
  readonly exits: number[] = [];

  exit(status: number): void {
    this.exits.push(status);
  }
}

export interface FakeIo extends CommandIo {
  readonly stderr: FakeScreen;
  readonly signals: FakeSignals;
  /** What went to standard output. */
  out(): string;
}

export function fakeIo(env: CommandIo["env"] = {}): FakeIo {
  const pieces: string[] = [];
  const stdout = new Writable({
    write: (piece: Buffer, _encoding, done) => {
      pieces.push(String(piece));
      done();
    },
  });
  return { stdout, stderr: new FakeScreen(), env, signals: new FakeSignals(), out: () => pieces.join("") };
}
