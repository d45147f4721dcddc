/** What a law is called. */
export type LawName = "repeat" | "answers" | "memory" | "data" | "order" | "merge order" | "split" | "grouping" | "all";
