/** All attacks of the demonstration, in the order in which they are shown. */

import type { Attack } from "./attack.ts";
import { enduranceAttacks } from "./attacks/endurance.ts";
import { mapOutputAttacks } from "./attacks/map-outputs.ts";
import { policyAttacks } from "./attacks/policy.ts";
import { recordAttacks } from "./attacks/records.ts";
import { releaseAttacks, resultAttacks } from "./attacks/release.ts";
import { sandboxAttacks } from "./attacks/sandboxes.ts";
import { successionAttacks } from "./attacks/succession.ts";

export const catalogue: readonly Attack[] = [
  ...policyAttacks,
  ...recordAttacks,
  ...sandboxAttacks,
  ...mapOutputAttacks,
  ...releaseAttacks,
  ...successionAttacks,
  ...resultAttacks,
  ...enduranceAttacks,
];
