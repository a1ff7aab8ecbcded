import { startTap } from '../../engine/ebpf/show/tap.ts';
import { startPcapFilter, type PcapFilter } from '../../kernel/pcap-filter.ts';
import type { CapturedFrame } from '../../walk/sighting.ts';
import type { WatchPoint } from '../../walk/watch-point.ts';
import type { Watch } from './points.ts';

/** Frames of interfaces whose XDP program forwards past tcpdump. */
export interface XdpFrames {
  read(): void;
  /** @returns frames that were lost */
  stop(): Promise<number>;
}

/**
 * Has the director's programs show what XDP takes and sends at these points, filtered as tcpdump filters. Undefined where there is
 * nothing to be shown: no XDP, or no eBPF director of this version.
 * @throws WeirError CAPTURE_FAILED, PRIVILEGE_MISSING, TOOL_MISSING
 */
export function startXdpFrames(
  watches: readonly Watch[],
  folder: string | undefined,
  filter: string,
  onFrame: (frame: CapturedFrame<WatchPoint>) => void,
): XdpFrames | undefined {
  const tapped = watches.filter(({ xdp }) => xdp);
  if (folder === undefined || tapped.length === 0) return undefined;
  const filters = new Map<number, PcapFilter>();
  const tap = startTap(folder, ({ interface: index, time, bytes }) => {
    filters.get(index)?.push({ interface: 0, time, bytes, originalLength: bytes.length });
  });
  if (tap === undefined) return undefined;
  for (const { index, point } of tapped) {
    filters.set(
      index,
      startPcapFilter(filter, ({ time, bytes }) => onFrame({ point, time, bytes })),
    );
  }
  return {
    read: () => tap.read(),
    stop: async () => {
      const lost = tap.stop();
      await Promise.all([...filters.values()].map(async (one) => await one.end()));
      return lost;
    },
  };
}
