/** Views of bytes, as an engine makes them. */

import { utf8 } from "../../lib/crypto/bytes.ts";
import { Page, PageRoom } from "../../lib/program/page.ts";
import { openText } from "../../lib/program/text.ts";
import type { Text } from "../../lib/program/tokens.ts";

/** @returns a view of `text` with other bytes before and after it; and what ends it */
export function textOf(text: string): { readonly view: Text; close(): void } {
  const bytes = utf8(`é1a${text}z9é`);
  const page = new Page(bytes, bytes.length, new PageRoom());
  page.begin(4);
  return { view: openText(page, bytes.length - 4), close: () => page.end() };
}

/** @returns a view that stays */
export function viewOf(text: string): Text {
  return textOf(text).view;
}

/** Letters that become more, fewer, or other bytes in lower case, a sigma's neighbours, and what is no letter. */
export const oddCharacters: readonly string[] = [..."aZkİıŁßÉéΣσςΩ'.:·\u0301\u00adȺⱥKÅﬁǅ字𝒜𐐀😀 \t\n\u00a0—-_019"];
