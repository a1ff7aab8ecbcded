/** Pixels of a character at 12 px in a proportional font, on the safe side: of Latin scripts and of the wide East Asian ones. */
const NARROW = 6.6;
const WIDE = 12;

/** A wide character with the punctuation that may not begin a line, or a word with the blanks behind it. */
const PIECES = /[\u2e80-\uffff][，。：；、）”！？]*|[^\s\u2e80-\uffff]+\s*|\s+/gu;

/** Pixels that a text takes, estimated. */
export function textWidth(text: string): number {
  let width = 0;
  for (const character of text) width += character >= '\u2e80' ? WIDE : NARROW;
  return width;
}

/** A text in lines of at most so many pixels; a single word may be longer. */
export function wrappedText(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const [piece] of text.matchAll(PIECES)) {
    if (line !== '' && textWidth((line + piece).trimEnd()) > width) {
      lines.push(line.trimEnd());
      line = '';
    }
    line += piece;
  }
  return line.trim() === '' ? lines : [...lines, line.trimEnd()];
}
