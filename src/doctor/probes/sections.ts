/** The output of one script in several parts, each behind a line of its own. */

const MARK = '=== weir doctor: ';

/** Lines of a script that print the output of each command behind a mark; one that fails or is missing prints nothing. */
export function sectionScript(commands: Readonly<Record<string, string>>): string {
  return Object.entries(commands)
    .map(([name, command]) => `echo; echo '${MARK}${name}'\n{ ${command}; } 2>/dev/null`)
    .join('\n');
}

/** What `sectionScript` printed, by name. */
export function readSections(output: string): Map<string, string> {
  const sections = new Map<string, string>();
  for (const part of output.split(`\n${MARK}`).slice(1)) {
    const end = part.indexOf('\n');
    sections.set(part.slice(0, end), part.slice(end + 1));
  }
  return sections;
}
