/** `net/ipv4/ip_forward:1` a line, as grep prints files below /proc/sys: values by the name that sysctl gives them. */
export function readSysctls(text: string): Record<string, string> {
  const values: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) values[nameOf(line.slice(0, colon))] = line.slice(colon + 1).trim();
  }
  return values;
}

/** sysctl(8): a dot in the name of an interface is written as a slash. */
function nameOf(path: string): string {
  return path.replaceAll(/[./]/gu, (separator) => (separator === '/' ? '.' : '/'));
}
