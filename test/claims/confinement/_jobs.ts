/** Jobs of one party on a fleet that is shared with other jobs: what a program of this body comes to. */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { MemoryStore } from "../../../lib/coordinator/store.ts";
import type { SigningKey } from "../../../lib/crypto/signature.ts";
import { asInput } from "../../../lib/data/input.ts";
import { SealfoldError } from "../../../lib/errors.ts";
import { LocalJob } from "../../../lib/local-job.ts";
import { draftPolicy } from "../../../lib/policy/draft.ts";
import type { Limits } from "../../../lib/policy/limits.ts";
import { makePolicy } from "../../../lib/policy/policy.ts";
import { buildProgram } from "../../../lib/program/bundle.ts";
import { systemSeconds } from "../../../lib/sandbox/clock.ts";
import type { Fleet } from "../../../lib/sandbox/fleet.ts";

export interface SharedFleet {
  readonly fleet: Fleet;
  /** The operator's, and the one party's. */
  readonly key: SigningKey;
  readonly limits: Partial<Limits>;
}

/**
 * @param body - of a map, which sees `line` and `emit`; after `reduce: ` of a reduce, which sees `values`; after `load: `
 * what runs when the program is loaded
 * @returns the code with which its job ends
 */
export async function endOn(shared: SharedFleet, body: string, records: readonly string[] = ["a"]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "sealfold-confinement-"));
  try {
    const file = join(folder, "program.ts");
    await writeFile(file, programText(body));
    await runOn(shared, file, records);
    return "no error";
  } catch (error) {
    return error instanceof SealfoldError ? error.code : String(error);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Runs a program with one mapper and one reducer. @returns its output */
export async function runOn<T>(
  { fleet, key, limits }: SharedFleet,
  file: string,
  records: readonly string[],
): Promise<ReadonlyMap<unknown, T>> {
  const program = await buildProgram(file);
  const policy = makePolicy(
    draftPolicy({
      key: key.publicKey,
      platformKey: key.publicKey,
      programMeasurement: program.measurement,
      runtimeMeasurement: fleet.measurement,
      format: { kind: "json" },
      now: systemSeconds(),
      limits,
    }),
  );
  const machinery = { fleet, store: new MemoryStore(), state: undefined };
  const job = new LocalJob(policy, key, machinery, { mappers: 1, reducers: 1 });
  const { output } = await job.run<string, T>(asInput(records), program);
  return output.toMap();
}

function programText(body: string): string {
  const [, where = "map", work = ""] = /^(?:(reduce|load): )?(.*)$/s.exec(body) ?? [];
  const map = where === "map" ? work : "emit(line, 1);";
  const reduce = where === "reduce" ? work : "return values.length;";
  return `import { program } from "sealfold/program";
    ${where === "load" ? work : ""}
    export default program(import.meta.url, { map(line, emit) { ${map} }, reduce(key, values) { ${reduce} } });`;
}
