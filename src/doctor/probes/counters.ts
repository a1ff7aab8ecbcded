/**
 * The kernel's counters by the names of nstat(8): `Ip:InAddrErrors`, `TcpExt:IPReversePathFilter`, `Ip6:InDiscards`,
 * `rt_cache:in_martian_src`.
 */
export function readCounters(text: string): Record<string, number> {
  const counters: Record<string, number> = {};
  const lines = text.split('\n');
  for (const [index, line] of lines.entries()) {
    const next = lines[index + 1] ?? '';
    const title = /^(\w+): [A-Za-z]/u.exec(line)?.[1];
    if (title !== undefined && next.startsWith(`${title}: `)) pair(counters, title, line, next);
    const six = /^(Ip6|Icmp6|Udp6)(\w+)\s+(\d+)$/u.exec(line);
    if (six !== null) counters[`${six[1]}:${six[2]}`] = Number(six[3]);
    if (line.startsWith('entries ')) processors(counters, line, lines.slice(index + 1));
  }
  return counters;
}

function pair(counters: Record<string, number>, title: string, names: string, values: string): void {
  const numbers = values.split(' ').slice(1);
  for (const [place, name] of names.split(' ').slice(1).entries())
    counters[`${title}:${name}`] = Number(numbers[place]);
}

/** /proc/net/stat/rt_cache: a line of hexadecimal numbers for every processor. */
function processors(counters: Record<string, number>, names: string, lines: readonly string[]): void {
  for (const [place, name] of names.trim().split(/\s+/u).entries()) {
    const sum = lines
      .filter((line) => /^[0-9a-f]{8}\s/u.test(line))
      .reduce((total, line) => total + parseInt(line.trim().split(/\s+/u)[place] ?? '0', 16), 0);
    counters[`rt_cache:${name}`] = sum;
  }
}

/** Those counters that have grown, and by how much. */
export function grownCounters(
  before: Readonly<Record<string, number>>,
  after: Readonly<Record<string, number>>,
): Record<string, number> {
  const grown = Object.entries(after).map(([name, value]) => [name, value - (before[name] ?? 0)] as const);
  return Object.fromEntries(grown.filter(([, growth]) => growth > 0));
}
