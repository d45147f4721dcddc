/** The count that nobody protected. */
export function plainCounts(...records: readonly (readonly string[])[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of records.flat().flatMap((line) => line.split(" "))) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}
