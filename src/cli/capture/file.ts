import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { WeirError } from '../../base/error.ts';
import { DEFAULT_SNAP_LENGTH, LINK_TYPE } from '../../net/capture.ts';
import { pcapngInterface, pcapngPacket, pcapngSection } from '../../net/pcapng.ts';
import type { Placed } from '../../walk/flow.ts';
import { isSamePoint } from '../../walk/journey.ts';
import type { CapturedFrame } from '../../walk/sighting.ts';
import type { WatchPoint } from '../../walk/watch-point.ts';

/** A pcapng file with an interface block for each point; every frame says to which conversation it belongs. */
export class PcapngFile {
  readonly #path: string;
  readonly #points: readonly WatchPoint[];
  #file: number | undefined;
  /** Bytes of the blocks that are whole. */
  #size = 0;

  /** @throws WeirError CAPTURE_FAILED when the file cannot be made */
  constructor(path: string, points: readonly WatchPoint[], filter: string) {
    this.#path = path;
    this.#points = points;
    try {
      this.#file = openSync(path, 'w', 0o640);
    } catch (error) {
      throw unwritable(path, error);
    }
    this.#write(pcapngSection(`weir capture ${filter}`));
    for (const { host, nic, side, mac } of points) {
      const description = {
        name: host === '' ? nic : `${host} ${nic}`,
        description: `${side} side, ${mac}`,
        comment: side,
      };
      this.#write(pcapngInterface({ linkType: LINK_TYPE.ethernet, snapLength: DEFAULT_SNAP_LENGTH, ...description }));
    }
  }

  packet({ flow, way, sightings }: Placed<WatchPoint>): void {
    for (const [index, { point, time, direction, frame }] of sightings.entries()) {
      const comment = `flow ${flow}, ${way}, seen ${index + 1} of ${sightings.length}`;
      this.#frame({ point, time, bytes: frame.bytes, direction }, comment);
    }
  }

  /** A frame that belongs to no conversation. */
  other(frame: CapturedFrame<WatchPoint>): void {
    this.#frame(frame);
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #frame({ point, time, bytes, direction }: CapturedFrame<WatchPoint>, comment?: string): void {
    this.#write(
      pcapngPacket({
        interface: this.#points.findIndex((other) => isSamePoint(other, point)),
        time,
        bytes,
        originalLength: bytes.length,
        ...(comment === undefined ? {} : { comment }),
        ...(direction === undefined ? {} : { direction }),
      }),
    );
  }

  #write(bytes: Uint8Array): void {
    if (this.#file === undefined) return;
    try {
      for (let done = 0; done < bytes.length;) done += writeSync(this.#file, bytes, done);
      this.#size += bytes.length;
    } catch (error) {
      // Readers of the file shall not stumble over half a block.
      ftruncateSync(this.#file, this.#size);
      throw unwritable(this.#path, error);
    }
  }
}

function unwritable(path: string, error: unknown): WeirError {
  return new WeirError('CAPTURE_FAILED', 'the capture file cannot be written', {
    where: path,
    found: error instanceof Error ? error.message : String(error),
    fix: 'choose another file with -w, or make room',
    cause: error,
  });
}
