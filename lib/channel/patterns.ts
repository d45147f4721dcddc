/** The fundamental handshake patterns of the Noise Protocol Framework, revision 34, §7.4 and §7.5, as one table. */

/** A step of a message, §5.3. In `es` and `se` the first letter is the initiator's key, the second the responder's. */
export type Token = "e" | "s" | "ee" | "es" | "se" | "ss";

export type PatternName =
  "N" | "K" | "X" | "NN" | "NK" | "NX" | "XN" | "XK" | "XX" | "KN" | "KK" | "KX" | "IN" | "IK" | "IX";

export type Side = "initiator" | "responder";

/** One handshake. */
export interface Pattern {
  /** Whose static keys the other side knows beforehand: the pre-messages. */
  readonly known: readonly Side[];
  /** The messages in turn; the initiator's is the first. */
  readonly messages: readonly (readonly Token[])[];
  /**
   * Whether the last message may carry a payload without being asked: where the sender is authenticated and the
   * recipient is known with strong forward secrecy (§7.7, source 2 and destination 5), or where there is no later
   * message to carry it. A payload in any other message could be read or replayed by somebody who is not the peer.
   */
  readonly payload: boolean;
}

export const patterns: Readonly<Record<PatternName, Pattern>> = {
  N: { known: ["responder"], messages: [["e", "es"]], payload: true },
  K: { known: ["initiator", "responder"], messages: [["e", "es", "ss"]], payload: true },
  X: { known: ["responder"], messages: [["e", "es", "s", "ss"]], payload: true },

  NN: { known: [], messages: [["e"], ["e", "ee"]], payload: false },
  NK: {
    known: ["responder"],
    messages: [
      ["e", "es"],
      ["e", "ee"],
    ],
    payload: false,
  },
  NX: { known: [], messages: [["e"], ["e", "ee", "s", "es"]], payload: false },
  XN: { known: [], messages: [["e"], ["e", "ee"], ["s", "se"]], payload: false },
  XK: {
    known: ["responder"],
    messages: [
      ["e", "es"],
      ["e", "ee"],
      ["s", "se"],
    ],
    payload: true,
  },
  XX: { known: [], messages: [["e"], ["e", "ee", "s", "es"], ["s", "se"]], payload: true },
  KN: { known: ["initiator"], messages: [["e"], ["e", "ee", "se"]], payload: false },
  KK: {
    known: ["initiator", "responder"],
    messages: [
      ["e", "es", "ss"],
      ["e", "ee", "se"],
    ],
    payload: false,
  },
  KX: { known: ["initiator"], messages: [["e"], ["e", "ee", "se", "s", "es"]], payload: false },
  IN: {
    known: [],
    messages: [
      ["e", "s"],
      ["e", "ee", "se"],
    ],
    payload: false,
  },
  IK: {
    known: ["responder"],
    messages: [
      ["e", "es", "s", "ss"],
      ["e", "ee", "se"],
    ],
    payload: false,
  },
  IX: {
    known: [],
    messages: [
      ["e", "s"],
      ["e", "ee", "se", "s", "es"],
    ],
    payload: false,
  },
};

/** @returns whether only the initiator ever sends (§7.4). */
export function isOneWay(pattern: Pattern): boolean {
  return pattern.messages.length === 1;
}

/** @returns who sends the message with this number. */
export function senderOf(message: number): Side {
  return message % 2 === 0 ? "initiator" : "responder";
}

/** @returns whether `side` takes part with a static key of its own, known beforehand or sent. */
export function usesStatic(pattern: Pattern, side: Side): boolean {
  const sends = pattern.messages.some((tokens, message) => senderOf(message) === side && tokens.includes("s"));
  return sends || pattern.known.includes(side);
}
