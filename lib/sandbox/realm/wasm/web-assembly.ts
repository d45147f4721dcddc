export * from "../../../data/web-assembly.ts";
