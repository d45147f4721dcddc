/** Who attested as what, for a person: the sandboxes whose evidence was appraised, and what their word is worth. */

import { toBase64url } from "../crypto/bytes.ts";
import { softwareWarning } from "../policy/software-warning.ts";
import type { SandboxSummary } from "../proof/verify-receipt.ts";
import { padRight, printable } from "./screen-text.ts";

const shortKey = 12;

/**
 * @param sandboxes - those whose evidence held, as a verified receipt's summary lists them
 * @returns a table of role, key, measurement and platform, and a line on what `software` does not prove
 */
export function renderAttested(sandboxes: Iterable<SandboxSummary>): string {
  const rows = [
    ["role", "key", "runs", "on"],
    ...Array.from(sandboxes, ({ role, index, key, measurement, platform }) => [
      role === "broker" ? role : `${role} ${index}`,
      `${toBase64url(key).slice(0, shortKey)}…`,
      `${toBase64url(measurement).slice(0, shortKey)}…`,
      printable(platform),
    ]),
  ];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => padRight(cell, widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  if (rows.some((row) => row[3] === "software")) lines.push(`software: ${softwareWarning}`);
  return lines.join("\n");
}
