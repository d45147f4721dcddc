/** A defence as its table has it. */

/** `from`: a text that is in `file` once; `to`: what stands there without the defence. */
export type Row = readonly [name: string, file: string, from: string, to: string];

/** With the tests that notice, a space between them. */
export type RowBy = readonly [...Row, by: string];
