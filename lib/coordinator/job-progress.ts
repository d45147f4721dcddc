/** How far a job is, where that is kept: what is proven of what another process did, and what this one adds to it. */

import type { Admission } from "../proof/admission.ts";
import type { MapManifest } from "../proof/manifest.ts";
import { commitSetHash } from "../proof/commit-set.ts";
import type { JobRecords, Redone, ReducedWork } from "./job-records.ts";
import type { KeptJob, KeptQuery, KeptWork } from "./kept-proofs.ts";

export class JobProgress {
  readonly maps: ReadonlyMap<number, KeptWork<MapManifest>>;
  readonly reduces: ReadonlyMap<number, ReducedWork>;
  /** What was there and could not be used. */
  readonly redone: readonly Redone[];
  readonly #records: JobRecords;

  /** Proves whatever there is of a job. A partition counts only over exactly the map outputs that are there. */
  static async of(records: JobRecords, asked: KeptQuery & Pick<KeptJob, "deposits">): Promise<JobProgress> {
    const job = { ...asked, jobId: await records.begin(asked) };
    const maps = await records.maps(job);
    const manifests = job.plan.tasks.flatMap((_, task) => maps.kept.get(task)?.manifest ?? []);
    const commitSet = commitSetHash(job.jobId, manifests);
    const reduces = await records.reduces({ ...job, commitSet });
    return new JobProgress(records, maps.kept, reduces.kept, [...maps.redone, ...reduces.redone]);
  }

  private constructor(
    records: JobRecords,
    maps: ReadonlyMap<number, KeptWork<MapManifest>>,
    reduces: ReadonlyMap<number, ReducedWork>,
    redone: readonly Redone[],
  ) {
    this.#records = records;
    this.maps = maps;
    this.reduces = reduces;
    this.redone = redone;
  }

  /** Whether another process was here before. */
  get resumes(): boolean {
    return this.maps.size + this.reduces.size + this.redone.length > 0;
  }

  get reused(): { readonly tasks: number; readonly partitions: number } {
    return { tasks: this.maps.size, partitions: this.reduces.size };
  }

  /** What lets a broker's successor take the work of sandboxes that it never met, each once. */
  get admissions(): readonly Admission[] {
    const all = [...this.maps.values(), ...this.reduces.values()];
    return [...new Map(all.map(({ manifest, admission }) => [manifest.document.certId, admission])).values()];
  }

  async keepMap(task: number, work: KeptWork<MapManifest>): Promise<void> {
    await this.#records.keepMap(task, work);
  }

  async keepReduce(partition: number, work: ReducedWork): Promise<void> {
    await this.#records.keepReduce(partition, work);
  }
}
