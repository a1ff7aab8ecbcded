import type { ConnRow } from './recording.ts';

/** The lines of `-L -n -c` as rows. */
export function connRows(text: string): ConnRow[] {
  return text
    .split('\n')
    .slice(2)
    .map((line) => line.split(/\s+/).filter((word) => word !== ''))
    .filter((words) => words.length >= 6)
    .map(([pro, expire, state, source, virtual, destination, ...pe]) => ({
      pro: pro!,
      expire: expire!,
      state: state!,
      source: source!,
      virtual: virtual!,
      destination: destination!,
      ...(pe.length > 0 ? { pe } : {}),
    }));
}

/** A row without its time, which two recordings never share exactly. */
export function rowKey({ expire: _expire, ...row }: ConnRow): string {
  return JSON.stringify(row);
}

/** Seconds of `MM:SS`. */
export function secondsOf(expire: string): number {
  const [minutes, seconds] = expire.split(':').map(Number);
  return minutes! * 60 + seconds!;
}

/**
 * Compares two tables of connections, in any order, times to `tolerance` seconds.
 * @returns what differs, in words
 */
export function compareRows(expected: readonly ConnRow[], found: readonly ConnRow[], tolerance = 1): string[] {
  const sorted = (rows: readonly ConnRow[]) => rows.toSorted((a, b) => (rowText(a) < rowText(b) ? -1 : 1));
  const [want, have] = [sorted(expected), sorted(found)];
  const same =
    want.length === have.length &&
    want.every(
      (row, index) =>
        rowKey(row) === rowKey(have[index]!) &&
        Math.abs(secondsOf(row.expire) - secondsOf(have[index]!.expire)) <= tolerance,
    );
  return same
    ? []
    : [
        `connections\n  expected ${want.map(rowText).join('\n           ')}\n  found    ${have.map(rowText).join('\n           ')}`,
      ];
}

function rowText(row: ConnRow): string {
  const { source, virtual, destination, pro, state, pe = [], expire } = row;
  return [source, virtual, destination, pro, state, ...pe, expire].join(' ');
}

/** Compares texts of the same command line by line in any order, apart from the first line of every listing. */
export function compareLines(what: string, expected: string, found: string): string[] {
  const lines = (text: string) =>
    text
      .split('\n')
      .filter((line) => !line.startsWith('IP Virtual Server version'))
      .sort();
  const same = lines(expected).join('\n') === lines(found).join('\n');
  return same ? [] : [`${what}\n--- expected\n${expected}\n--- found\n${found}`];
}
