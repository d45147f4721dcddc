/** What a job was asked, as it stands with the broker of the moment. */

import type { Request } from "../proof/request.ts";
import type { Transfer } from "../proof/transfer.ts";

export interface Asked {
  readonly requests: readonly Request[];
  /** Of those requests that were moved to the broker of the moment. */
  readonly transfers: readonly Transfer[];
}
