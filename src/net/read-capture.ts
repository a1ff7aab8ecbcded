import { WeirError } from '../base/error.ts';
import { toHex } from './bytes.ts';
import type { Capture } from './capture.ts';
import { isPcap, readPcap } from './pcap.ts';
import { isPcapng, readPcapng } from './pcapng.ts';

/**
 * Reads a capture file of either format.
 * @throws WeirError CAPTURE_INVALID
 */
export function readCaptureFile(bytes: Uint8Array): Capture {
  if (isPcap(bytes)) return readPcap(bytes);
  if (isPcapng(bytes)) return readPcapng(bytes);
  throw new WeirError('CAPTURE_INVALID', 'this is no capture file', {
    expected: 'pcap or pcapng',
    found: bytes.length === 0 ? 'nothing' : `bytes ${toHex(bytes.subarray(0, 4))} ...`,
  });
}
