/** A recording to be played on an engine. */
export interface Case {
  /** `wire/nat-udp`, with the hook behind it where there are several: `wire/nat-udp on xdp`. */
  readonly name: string;
  readonly folder: Folder;
  /** Why the engine cannot play it; undefined if it can. */
  readonly unsupported: () => Promise<string | undefined>;
  /** @returns what differs from the recording, in words; empty if nothing does */
  readonly play: () => Promise<string[]>;
  readonly known?: KnownDifference | undefined;
}

/** The folders of golden that packets are played of. */
export const FOLDERS = ['wire', 'conn', 'sched'] as const;
export type Folder = (typeof FOLDERS)[number];

/** A difference that is understood. */
export interface KnownDifference {
  reason: string;
  /** The first line of each difference, in order; absent: whatever differs. */
  differs?: readonly string[];
}

export type Outcome =
  | { kind: 'passed' }
  | { kind: 'failed'; differences: readonly string[] }
  /** It differs as it is known to. */
  | { kind: 'known'; reason: string }
  | { kind: 'unsupported'; reason: string };

/** Plays a case. A known difference that is gone, or is another one now, is a failure: the lists stay exact. */
export async function judge({
  unsupported,
  play,
  known,
}: Pick<Case, 'unsupported' | 'play' | 'known'>): Promise<Outcome> {
  const reason = await unsupported();
  if (reason !== undefined) return { kind: 'unsupported', reason };
  const differences = await play();
  if (known === undefined) return differences.length === 0 ? { kind: 'passed' } : { kind: 'failed', differences };
  const found = differences.map((text) => text.split('\n')[0] ?? '');
  const expected = known.differs ?? found;
  if (found.length > 0 && found.join('\n') === expected.join('\n')) return { kind: 'known', reason: known.reason };
  const complaint = `known differences: expected ${expected.join(', ') || 'some'}, found ${found.join(', ') || 'none'}`;
  return { kind: 'failed', differences: [complaint, ...differences] };
}
