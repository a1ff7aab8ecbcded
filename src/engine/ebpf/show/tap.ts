import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { WeirError } from '../../../base/error.ts';
import { TAP_SIZE, readTapRecord } from '../../../kernel/abi.generated.ts';
import { BpfMap } from '../../../kernel/bpf-map.ts';
import { openPin } from '../../../kernel/bpffs.ts';
import { lockFolder } from '../../../kernel/folder-lock.ts';
import { PerfBuffer } from '../../../kernel/perf-buffer.ts';
import { PIN_LAYOUT } from '../maps/tables.ts';

/** A frame as the XDP programs took it, or sent it. */
export interface TappedFrame {
  /** Index of the interface it came in by, or left by. */
  interface: number;
  /** ns since 1970. */
  time: bigint;
  /** Up to 9,216 bytes of it. */
  bytes: Uint8Array;
}

export interface Tap {
  /** Hands over what has come since the last time. */
  read(): void;
  /** @returns frames that found no room */
  stop(): number;
}

/**
 * Lets the XDP programs of a running director show their frames, until it is stopped or this process ends. Undefined where no eBPF
 * director keeps its tables in this folder.
 * @param folder of the pins, beside the director's socket
 * @throws WeirError CAPTURE_FAILED while another process has it; PRIVILEGE_MISSING, KERNEL_CALL_FAILED
 */
export function startTap(folder: string, onFrame: (frame: TappedFrame) => void): Tap | undefined {
  const pins = join(folder, PIN_LAYOUT, 'maps');
  if (!existsSync(join(pins, 'taps'))) return undefined;
  const unlock = lockFor(pins);
  const [tapping, taps] = ['tapping', 'taps'].map((name) => new BpfMap(openPin(join(pins, name)), name));
  if (tapping === undefined || taps === undefined) return undefined;
  let lost = 0;
  const began = wallClock() - process.hrtime.bigint();
  const show = (record: Uint8Array): void => {
    const { time, interface: index, length } = readTapRecord(new DataView(record.buffer));
    onFrame({ interface: index, time: began + time, bytes: record.slice(TAP_SIZE, TAP_SIZE + length) });
  };
  const release = (): void => {
    for (const map of [tapping, taps]) map.close();
    unlock();
  };
  let buffer: PerfBuffer;
  try {
    buffer = new PerfBuffer(taps.fd, show, (count) => (lost += count));
  } catch (error) {
    release();
    throw error;
  }
  tapping.set(0, number(1));
  return {
    read: () => buffer.read(),
    stop: () => {
      tapping.set(0, number(0));
      buffer.read();
      buffer.close();
      release();
      return lost;
    },
  };
}

/** One reader at a time: the programs show each frame once. */
function lockFor(pins: string): () => void {
  try {
    return lockFolder(pins);
  } catch (error) {
    if (!(error instanceof WeirError) || error.code !== 'DAEMON_RUNNING') throw error;
    throw new WeirError('CAPTURE_FAILED', 'another capture has the frames that XDP forwards', {
      where: pins,
      fix: 'end it first, or capture where no XDP program is attached',
    });
  }
}

/** ns since 1970, to the microsecond. */
function wallClock(): bigint {
  return BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)) * 1000n;
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
