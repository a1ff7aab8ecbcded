/** A word that `ipvsadm -R` passes over wherever it stands, so that a whole command line can be fed to it. */
const PROGRAM = 'ipvsadm';

/**
 * The command lines in the input of `ipvsadm -R`: words with blanks between them, without quotes, comments or continued lines.
 * Lines without words are left out.
 */
export function splitRuleLines(text: string): string[][] {
  return text
    .split('\n')
    .map(splitWords)
    .filter((words) => words.length > 0);
}

function splitWords(line: string): string[] {
  return line
    .split(/[ \t\r]+/)
    .filter((word) => word !== '' && word !== PROGRAM)
    .map(beforeNul);
}

/** What C sees of a word. */
function beforeNul(word: string): string {
  const end = word.indexOf('\0');
  return end < 0 ? word : word.slice(0, end);
}
