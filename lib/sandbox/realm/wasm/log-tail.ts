/** The last of what a module logged: for sealed diagnostics only. */

const maxMessages = 32;
const maxText = 4096;

export class LogTail {
  readonly #messages: string[] = [];

  /** @param listener - of who runs the module in a process of their own */
  add(text: string, listener?: (text: string) => void): void {
    listener?.(text);
    if (this.#messages.length === maxMessages) this.#messages.shift();
    this.#messages.push(text);
  }

  /** `words`, and after them what was logged last. */
  after(words: string): string {
    const text = this.#messages.join("\n");
    return [words, text.slice(-maxText)].filter((part) => part !== "").join("\n");
  }

  clear(): void {
    this.#messages.length = 0;
  }
}
