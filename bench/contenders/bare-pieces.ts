/** As `bare`, of texts as small as those that a sandbox makes of a chunk. */

import { answer as answerBare } from "./bare.ts";
import type { Answer, Task } from "./contender.ts";

export const answer = (task: Task): Promise<Answer> => answerBare(task, "mapPieces");
