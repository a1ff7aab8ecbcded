import { setTimeout as sleep } from 'node:timers/promises';
import type { WeirError } from '../../base/error.ts';
import { startTcpdump, type Tcpdump } from '../../kernel/tcpdump.ts';
import type { Placed } from '../../walk/flow.ts';
import { Follower } from '../../walk/follower.ts';
import type { CapturedFrame } from '../../walk/sighting.ts';
import { Summarizer, type Summary, type SummaryOptions } from '../../walk/verdict.ts';
import type { WatchPoint } from '../../walk/watch-point.ts';
import type { Watch } from './points.ts';
import { startXdpFrames } from './tap.ts';

export interface SessionOptions {
  filter: string;
  signal: AbortSignal;
  count?: number;
  seconds?: number;
  /** Where the director of this host keeps its tables; its XDP programs then show what they forward. */
  pins?: string;
  /** Every tcpdump listens. @param seesXdp frames that XDP forwards are shown too */
  onListening(seesXdp: boolean): Promise<void>;
  onPacket(packet: Placed<WatchPoint>, began: bigint): Promise<void>;
  onOther(frame: CapturedFrame<WatchPoint>): void;
}

export interface SessionOutcome {
  summary: Summary;
  packets: number;
  /** Frames that the kernel could not hand to tcpdump in time. */
  dropped: number;
}

const MILLISECOND = 1_000_000n;
/** How far apart the tcpdumps may be, and how long a packet may be on its way (an ARP request in between takes a while). */
const DISORDER = 150n * MILLISECOND;
const PATIENCE = 500n * MILLISECOND;
const INTERVAL = 50;

/**
 * Captures at these points until the bounds are reached or the signal comes, and follows the packets meanwhile.
 * @throws WeirError CAPTURE_FAILED, TOOL_MISSING; nothing is left running
 */
export async function captureAt(
  watches: readonly Watch[],
  services: SummaryOptions,
  options: SessionOptions,
): Promise<SessionOutcome> {
  const follower = new Follower<WatchPoint>({
    disorder: DISORDER,
    patience: PATIENCE,
    onOther: (frame) => options.onOther(frame),
  });
  const summarizer = new Summarizer(
    watches.map(({ point }) => point),
    services,
  );
  const failed = new AbortController();
  const stop = AbortSignal.any([options.signal, failed.signal]);
  let began: bigint | undefined;
  let packets = 0;
  const deliver = async (settled: readonly Placed<WatchPoint>[]): Promise<void> => {
    for (const packet of settled) {
      if (packets >= (options.count ?? Infinity)) return;
      packets++;
      began ??= packet.sightings[0]!.time;
      summarizer.add(packet);
      await options.onPacket(packet, began);
    }
  };
  const shown = startXdpFrames(watches, options.pins, options.filter, (frame) => follower.push(frame));
  const running = await startAll({ watches, follower, filter: options.filter, seesXdp: shown !== undefined }, (error) =>
    failed.abort(error),
  ).catch(async (error: unknown) => {
    await shown?.stop();
    throw error;
  });
  const deadline = options.seconds === undefined ? Infinity : performance.now() + options.seconds * 1000;
  let dropped = 0;
  try {
    await options.onListening(shown !== undefined);
    while (!stop.aborted && performance.now() < deadline && packets < (options.count ?? Infinity)) {
      await sleep(INTERVAL, undefined, { signal: stop }).catch(() => undefined);
      shown?.read();
      await deliver(follower.settle(BigInt(Date.now()) * MILLISECOND));
    }
  } finally {
    for (const count of await Promise.all(running.map((tcpdump) => tcpdump.stop()))) dropped += count;
    dropped += (await shown?.stop()) ?? 0;
  }
  await deliver(follower.end());
  failed.signal.throwIfAborted();
  return { summary: summarizer.summary(), packets, dropped };
}

/** All or none. */
async function startAll(
  {
    watches,
    follower,
    filter,
    seesXdp,
  }: { watches: readonly Watch[]; follower: Follower<WatchPoint>; filter: string; seesXdp: boolean },
  onEnd: (error: WeirError) => void,
): Promise<Tcpdump[]> {
  const started = await Promise.allSettled(
    watches.map(({ point, nic, within, xdp }) =>
      startTcpdump({
        nic,
        within,
        filter,
        // What comes in is shown by the XDP program itself, before it decides.
        outOnly: xdp && seesXdp,
        onEnd,
        onPacket: ({ time, bytes }) => follower.push({ point, time, bytes }),
      }),
    ),
  );
  const running = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failed = started.find((result) => result.status === 'rejected');
  if (failed === undefined) return running;
  await Promise.all(running.map((tcpdump) => tcpdump.stop()));
  throw failed.reason;
}
