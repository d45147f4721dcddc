/** What was asked of `sealfold demo`. */
export interface DemoFlags {
  readonly evilHost?: boolean;
  /** Names of attacks; all unless given. */
  readonly only?: readonly string[];
  readonly json?: boolean;
}
