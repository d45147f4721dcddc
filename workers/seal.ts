/** A thread of a party's own process that helps to seal. Nobody attests it: it is on the owner's side of every wall. */

import { serveSealing } from "../lib/party/sealing-thread.ts";

serveSealing();
