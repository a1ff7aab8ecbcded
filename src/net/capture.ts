/** Packets with their times, as capture files hold them (`pcap.ts`, `pcapng.ts`). */
export interface Capture {
  /** One or more; a classic pcap file has exactly one. */
  interfaces: CaptureInterface[];
  packets: CapturedPacket[];
  /** About the whole; pcapng only. */
  comment?: string;
}

export interface CaptureInterface {
  /** What the packets start with: `LINK_TYPE`. */
  linkType: number;
  /** Bytes of a packet that are kept at most; 0: no limit. */
  snapLength: number;
  /** `eth0`; pcapng only, as are the texts below. */
  name?: string;
  description?: string;
  comment?: string;
}

export interface CapturedPacket {
  /** Index into `Capture.interfaces`. */
  interface: number;
  /** Nanoseconds since 1970-01-01 UTC. */
  time: bigint;
  bytes: Uint8Array;
  /** Length on the wire, which is more than `bytes.length` where the snap length cut the packet. */
  originalLength: number;
  /** pcapng only, as the direction is. */
  comment?: string;
  direction?: 'in' | 'out';
}

/** What `parseFrame` and `parsePacket` read (https://www.tcpdump.org/linktypes.html). */
export const LINK_TYPE = {
  ethernet: 1,
  /** IPv4 or IPv6, told apart by the version. */
  rawIp: 101,
} as const;

/** The snap length of tcpdump, and the most that readers of capture files must take. */
export const DEFAULT_SNAP_LENGTH = 262_144;

/** Reads a capture file as it arrives, in chunks of any size. */
export interface CaptureReader {
  /** Of the file so far; a packet's interface is always among them. */
  readonly interfaces: readonly CaptureInterface[];

  /**
   * Takes the next bytes of the file, which must not change afterwards.
   * @returns the packets that are complete with them
   * @throws WeirError CAPTURE_INVALID
   */
  push(chunk: Uint8Array): CapturedPacket[];

  /**
   * Says that the file ends here.
   * @throws WeirError CAPTURE_INVALID where that is amid a packet or before the first header
   */
  end(): void;
}
