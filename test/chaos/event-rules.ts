/** What the events of one job must be like among themselves, and against what was done to its sandboxes. */

import type { JobEvent } from "../../lib/coordinator/events.ts";
import type { Ran } from "./run.ts";
import { endingCodes } from "./schedule.ts";

type Kind = JobEvent["kind"];
type Worker = "mapper" | "reducer";

/** @returns the events of one kind */
export function eventsOf<K extends Kind>(events: readonly JobEvent[], kind: K): Extract<JobEvent, { kind: K }>[] {
  return events.filter((event): event is Extract<JobEvent, { kind: K }> => event.kind === kind);
}

/** @returns the events from the last plan on: a job whose broker's successor remembers nothing begins again */
export function lastJob(events: readonly JobEvent[]): readonly JobEvent[] {
  return events.slice(Math.max(0, events.map(({ kind }) => kind).lastIndexOf("plan")));
}

/** @returns per item, how often it was tried again because of `code` */
export function failuresOf(events: readonly JobEvent[], role: Worker, code: string): ReadonlyMap<number, number> {
  const failures = new Map<number, number>();
  for (const { item, ...retry } of eventsOf(events, "retry")) {
    if (retry.role === role && retry.code === code) failures.set(item, (failures.get(item) ?? 0) + 1);
  }
  return failures;
}

/** @returns what is wrong with a job's events */
export function checkEvents(ran: Ran): readonly string[] {
  const events = lastJob(ran.events);
  return [...checkCommits({ ...ran, events }), ...checkAttempts(ran), ...checkDeaths(ran), ...checkRelease(ran)];
}

/** Every item of a complete job is committed once; of another, at most once. */
function checkCommits({ events, code }: Ran): readonly string[] {
  const [plan] = eventsOf(events, "plan");
  const totals = { mapper: plan?.tasks ?? 0, reducer: plan?.partitions ?? 0 };
  const commits = eventsOf(events, "commit");
  return (["mapper", "reducer"] as const).flatMap((role) => {
    const mine = commits.filter((commit) => commit.role === role);
    const items = new Set(mine.map(({ item }) => item));
    return [
      ...(items.size === mine.length ? [] : [`a ${role}'s item was committed twice`]),
      ...(code === "none" && items.size !== totals[role] ? [`${items.size} of ${totals[role]} ${role} items`] : []),
      ...(mine.every(({ done, total }, at) => done === at + 1 && total === totals[role])
        ? []
        : [`${role} commits are not counted up`]),
    ];
  });
}

/** Every attempt ends before its slot is given another, and nothing is begun that is done: while the first broker lives. */
function checkAttempts({ events }: Ran): readonly string[] {
  /** Items that slots are at. */
  const open = new Map<string, string>();
  const done = new Set<string>();
  const wrong: string[] = [];
  const close = (ends: (slot: string, item: string) => boolean): void => {
    for (const [slot, item] of open) if (ends(slot, item)) open.delete(slot);
  };
  for (const event of events) {
    if (event.kind === "assign") {
      const slot = `${event.role} slot ${event.index}`;
      const item = nameOf(event);
      const at = [...open.values()].filter((other) => other === item).length;
      if (open.has(slot)) wrong.push(`${slot} was given ${item} while it had ${open.get(slot)}`);
      if (done.has(item)) wrong.push(`${item} was begun again after its commit`);
      if (at > (event.speculative ? 1 : 0)) wrong.push(`${item} was begun ${at + 1} times at once`);
      open.set(slot, item);
    } else if (event.kind === "commit") {
      done.add(nameOf(event));
      close((_, item) => item === nameOf(event));
    } else if (event.kind === "die" && event.role === "broker")
      return wrong; // whom it admitted is let go, untold
    else if (event.kind === "die") {
      // a mapper is told by its slot, a reducer by its partition
      const { role, index } = event;
      close((slot, item) =>
        role === "reducer" ? item === nameOf({ role, item: index }) : slot === `${role} slot ${index}`,
      );
    }
  }
  return wrong;
}

function nameOf({ role, item }: { readonly role: string; readonly item: number }): string {
  return `${role} item ${item}`;
}

/** Nobody is said to have died whom nothing ended. One that died while nobody asked it is not known to have been late. */
function checkDeaths({ events, hands }: Ran): readonly string[] {
  const deaths = eventsOf(events, "die");
  return (["broker", "mapper", "reducer"] as const).flatMap((role) => {
    const told = deaths.filter((death) => death.role === role);
    const ended = hands.endings.filter((ending) => ending.role === role);
    const causes = endingCodes.filter((code) => code !== "SANDBOX_DIED");
    const of = (all: readonly { readonly code: string }[], code: string): number =>
      all.filter((one) => one.code === code).length;
    const strange = causes.filter((code) => of(told, code) > of(ended, code));
    const codes = [...strange, ...told.map(({ code }) => code).filter((code) => !isOneOf(endingCodes, code))];
    return [
      ...(told.length > ended.length ? [`${told.length} ${role}s died, and ${ended.length} were ended`] : []),
      ...codes.map((code) => `a ${role} died with ${code}, and nothing ended it so`),
    ];
  });
}

/** The release is the last of a complete job, and of no other but one that was given up meanwhile. */
function checkRelease({ events, code, hands }: Ran): readonly string[] {
  const released = eventsOf(events, "release").length;
  if (code === "none") return released === 1 && events.at(-1)?.kind === "release" ? [] : [`released ${released} times`];
  return released > 0 && !hands.cancelled ? ["it failed after it was released"] : [];
}

function isOneOf(all: readonly string[], one: string): boolean {
  return all.includes(one);
}
