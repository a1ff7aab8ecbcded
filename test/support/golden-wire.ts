import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** A frame that arrived at the director, or a command between frames. */
export type WireInput = { iface: string; hex: string } | { ipvsadm: string };

/** A frame that left the director on `iface` after input number `after`. */
export interface WireOutput {
  iface: string;
  after: number;
  hex: string;
  /** [offset, length] of bytes that differ from run to run. */
  volatile?: [offset: number, length: number][];
}

export interface WireRecording {
  name: string;
  note: string;
  config: string[];
  in: WireInput[];
  out: WireOutput[];
}

/** Folder of the recordings: WEIR_GOLDEN, or `test/golden`. */
const FOLDER = resolve(process.env['WEIR_GOLDEN'] ?? join(import.meta.dirname, '../golden'), 'wire');

/** The recorded frames, by name of the case. @throws Error if there are none */
export function readWireRecordings(): WireRecording[] {
  if (!existsSync(FOLDER)) {
    throw new Error(`there are no recordings in ${FOLDER}: set WEIR_GOLDEN to the folder that has wire/`);
  }
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => JSON.parse(readFileSync(join(FOLDER, name), 'utf8')));
}

/** Every frame of a recording in hexadecimal, those that arrived first. */
export function wireFrames(recording: WireRecording): string[] {
  const arrived = recording.in.flatMap((input) => ('hex' in input ? [input.hex] : []));
  return [...arrived, ...recording.out.map(({ hex }) => hex)];
}
