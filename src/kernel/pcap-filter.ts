import { spawn } from 'node:child_process';
import { DEFAULT_SNAP_LENGTH, LINK_TYPE, type CapturedPacket } from '../net/capture.ts';
import { PcapReader, pcapHeader, pcapRecord } from '../net/pcap.ts';
import { requireTools, searchPath } from './tools.ts';

/** A filter of pcap-filter(7) over frames that come from elsewhere: tcpdump reads them as a file. */
export interface PcapFilter {
  push(packet: CapturedPacket): void;
  /** Everything that was pushed has been judged. */
  end(): Promise<void>;
}

/** @throws WeirError TOOL_MISSING */
export function startPcapFilter(filter: string, onPacket: (packet: CapturedPacket) => void): PcapFilter {
  requireTools(['tcpdump']);
  const options = ['-n', '-Z', 'root', '--packet-buffered', '--time-stamp-precision=nano'];
  const child = spawn('tcpdump', ['-r', '-', ...options, '-w', '-', filter], {
    env: { ...process.env, PATH: searchPath() },
    stdio: ['pipe', 'pipe', 'ignore'],
    detached: true,
  });
  const reader = new PcapReader();
  child.stdout.on('data', (chunk: Buffer) => {
    for (const packet of reader.push(new Uint8Array(chunk))) onPacket(packet);
  });
  const closed = new Promise<void>((resolve) => void child.on('close', () => resolve()));
  // A filter that tcpdump refuses is told by the one that listens at the interface.
  child.stdin.on('error', () => {});
  child.stdin.write(pcapHeader({ linkType: LINK_TYPE.ethernet, snapLength: DEFAULT_SNAP_LENGTH }));
  return {
    push: (packet) => void child.stdin.write(pcapRecord(packet)),
    end: async () => {
      child.stdin.end();
      await closed;
    },
  };
}
