/** Numbers and strangers' text as a person reads them on a terminal. */

/** What may be drawn on: a terminal, or a file or pipe that only wants whole lines. */
export interface Screen {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  /** Characters in a line. */
  readonly columns?: number | undefined;
}

/**
 * Text from records or peers, made harmless: control characters could drive the terminal, bidirectional ones reorder
 * what stands beside them.
 * @returns `text` with these, line breaks among them, and lone surrogates as `\u{…}`
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Bidi_Control}\p{Cs}\u2028\u2029]/gu, escapeCharacter);
}

/** As {@link printable}, for text of several lines. */
export function printableLines(text: string): string {
  return text.split("\n").map(printable).join("\n");
}

/** @returns for example `12.3 MB`; powers of 1000, at most four characters of number. */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  const power = Math.min(Math.max(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), 0), units.length - 1);
  const scaled = bytes / 1000 ** power;
  const digits = power === 0 || scaled >= 99.95 ? 0 : 1;
  return `${scaled.toFixed(digits)} ${units[power]}`;
}

/** @returns for example `151,234`, or `0.25`. */
export function formatNumber(value: number): string {
  return value.toLocaleString("en", { maximumFractionDigits: 3 });
}

/** @returns for example `1 chunk`, `1,200 chunks`. @param plural - of a noun that adds an s */
export function formatCount(value: number, plural: string): string {
  return `${formatNumber(value)} ${value === 1 ? plural.replace(/s$/, "") : plural}`;
}

/** @returns for example `0:07`, `12:30`, `1:02:03`; rounded up, so that it ends at 0:00 only when nothing is left. */
export function formatClock(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  const parts = [Math.floor(whole / 60) % 60, whole % 60].map((part) => String(part).padStart(2, "0"));
  const hours = Math.floor(whole / 3600);
  const text = [hours, ...parts].join(":");
  return hours > 0 ? text : text.replace(/^0:0?/, "");
}

/** @returns for example `0.42 s`, `12.3 s`, `2:05`. */
export function formatDuration(seconds: number): string {
  if (seconds >= 99.95) return formatClock(seconds);
  return `${seconds.toFixed(seconds < 9.995 ? 2 : 1)} s`;
}

/** Cuts to `width` characters, the last of them `…` where something is left out. */
export function cut(text: string, width: number): string {
  const characters = Array.from(text);
  return characters.length <= width ? text : `${characters.slice(0, Math.max(width - 1, 0)).join("")}…`;
}

/** @returns `text` in at least `width` characters, filled on the right. */
export function padRight(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - lengthOf(text)));
}

/** @returns how many code points `text` has: as good a width as can be had without a font. */
export function lengthOf(text: string): number {
  return Array.from(text).length;
}

function escapeCharacter(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
