/**
 * The attestation platforms that this version can judge. Another one is another entry here, and a fleet whose sandboxes
 * it quotes; which of them a job accepts is the policy's word.
 */

import type { PlatformVerifier } from "./platform.ts";
import { softwareVerifier } from "./software.ts";

export const platformVerifiers: readonly PlatformVerifier[] = [softwareVerifier];
