/** A party that stays connected, and whose share and request outlast the process: each is kept before it is used. */

import { Attendance } from "./party/attendance.ts";
import type { BrokerLink } from "./party/broker-link.ts";
import type { Party } from "./party/party.ts";
import type { ResultRequest } from "./party/result-request.ts";
import type { Request } from "./proof/request.ts";
import type { Transfer } from "./proof/transfer.ts";
import type { StateDirectory } from "./state-directory.ts";

export class KeptAttendance extends Attendance {
  readonly #state: StateDirectory;
  #asked: ResultRequest | undefined;

  private constructor(party: Party, state: StateDirectory) {
    super(party);
    this.#state = state;
  }

  /** A party as a process before this one left it. @throws {SealfoldError} STATE_DAMAGED */
  static async of(party: Party, state: StateDirectory): Promise<KeptAttendance> {
    const attendance = new KeptAttendance(party, state);
    const [share, request] = [await state.share(), await state.request(party.name, party.policy)];
    attendance.#asked = request;
    attendance.remember({ ...(share && { share }), ...(request && { request }) });
    return attendance;
  }

  /** What was asked before, where anything was. */
  get asked(): ResultRequest | undefined {
    return this.#asked;
  }

  override async keepShare(link: BrokerLink): Promise<void> {
    await super.keepShare(link);
    if (this.share !== undefined) await this.#state.keepShare(this.share);
  }

  override async request(link: BrokerLink): Promise<ResultRequest> {
    if (this.#asked !== undefined) this.done(this.#asked);
    this.#asked = await super.request(link);
    await this.#state.keepRequest(this.#asked);
    return this.#asked;
  }

  override async move(request: Request, link: BrokerLink): Promise<Transfer | undefined> {
    const moved = await super.move(request, link);
    await this.#keepAsked();
    return moved;
  }

  override async askAgain(request: Request, link: BrokerLink): Promise<Request | undefined> {
    const again = await super.askAgain(request, link);
    await this.#keepAsked();
    return again;
  }

  async #keepAsked(): Promise<void> {
    if (this.#asked !== undefined) await this.#state.keepRequest(this.#asked);
  }
}
