/** The points at which a job is killed: each by what is told at that moment, so that no clock has a say in it. */

import type { JobEvent } from "../../lib/coordinator/events.ts";
import type { StoreStep } from "../../lib/coordinator/disk-store.ts";

type Kill = (told: { readonly store?: StoreStep; readonly job?: JobEvent }, count: (key: string) => number) => boolean;

const store =
  (step: StoreStep["step"], name: RegExp, nth = 1): Kill =>
  ({ store: told }, count) =>
    told?.step === step && name.test(told.name) && count(`${step} ${name.source}`) === nth;

const job =
  (fits: (event: JobEvent) => boolean, nth = 1): Kill =>
  ({ job: event }, count) =>
    event !== undefined && fits(event) && count("job") === nth;

const commit =
  (role: "mapper" | "reducer", fits: (done: number, total: number) => boolean): Kill =>
  ({ job: event }) =>
    event?.kind === "commit" && event.role === role && !event.reused && fits(event.done, event.total);

/** In the order in which a job comes by them. */
export const crashPoints: Readonly<Record<string, Kill>> = {
  "store made": store("renamed", /^sealfold-store$/),
  "key half written": store("written", /^key$/),
  "key kept": store("renamed", /^key$/),
  "policy on the disk": store("synced", /^record\/policy$/),
  "policy kept": store("renamed", /^record\/policy$/),
  "share kept": store("renamed", /^share$/),
  "data key kept": store("renamed", /^dataset$/),
  "first chunk half written": store("written", /^chunk\//),
  "third chunk kept": store("renamed", /^chunk\//, 3),
  "commitment half written": store("written", /^record\/deposit\//),
  "commitment kept": store("renamed", /^record\/deposit\//),
  "broker's memory half written": store("written", /^broker\/state$/),
  "broker's memory kept": store("renamed", /^broker\/state$/, 2),
  "request half written": store("written", /^request$/),
  "request kept": store("renamed", /^request$/),
  "query kept": store("renamed", /^record\/query$/),
  "job planned": job(({ kind }) => kind === "plan"),
  "first task assigned": job(({ kind }) => kind === "assign"),
  "first keys granted": job(({ kind }) => kind === "grant"),
  "first cell half written": store("written", /^cell\//),
  "first cell kept": store("renamed", /^cell\//),
  "first map output half written": store("written", /^record\/map\//),
  "first map output on the disk": store("synced", /^record\/map\//),
  "first map output committed": commit("mapper", (done) => done === 1),
  "half of the tasks committed": commit("mapper", (done, total) => done === Math.ceil(total / 2)),
  "last task committed": commit("mapper", (done, total) => done === total),
  "first partition assigned": job((event) => event.kind === "assign" && event.role === "reducer"),
  "first result half written": store("written", /^output\//),
  "first result kept": store("renamed", /^output\//),
  "first partition committed": commit("reducer", (done) => done === 1),
  "last partition committed": commit("reducer", (done, total) => done === total),
  "release half written": store("written", /^record\/release$/),
  "release on the disk": store("synced", /^record\/release$/),
  "release kept": store("renamed", /^record\/release$/),
  released: job(({ kind }) => kind === "release"),
  "work half forgotten": store("removed", /^chunk\//, 2),
};
