/** What attestation by the platform `software` is worth: one sentence, for policies, tables and whoever asks. */

/** To be put behind the platform's name. */
export const softwareWarning =
  "the operator's word for the code that runs; it does not keep the operator of this machine out";
