import { packet, type PacketSpec } from '../../src/net/packet.ts';

/** Bytes of the frame that everything is measured with. */
export const FRAME_BYTES = 64;

/** struct frame_plan of bench/bpf/frame.h. */
export interface Plan {
  frame: Uint8Array;
  flows: number;
  /** Number of the first flow. */
  first: number;
  order: 'in-turn' | 'at-random';
  /** Whose address and port vary from flow to flow. */
  vary: 'source' | 'target';
}

const PLAN_SIZE = 96;
const SIDES = { source: 0, target: 1 } as const;
const ORDERS = { 'in-turn': 0, 'at-random': 1 } as const;
/** Any number but 0. */
const SEED = 0x2545f491;

export function planBytes({ frame, flows, first, order, vary }: Plan): Buffer {
  const bytes = Buffer.alloc(PLAN_SIZE);
  bytes.set(frame);
  bytes.writeUInt32LE(flows, 64);
  bytes.writeUInt32LE(first, 68);
  bytes.writeUInt32LE(order === 'in-turn' ? 0 : SEED, 72);
  bytes.writeUInt32LE(ORDERS[order], 76);
  bytes.writeUInt32LE(SIDES[vary], 80);
  return bytes;
}

/** Frames that the programs have counted in a plan. */
export function sentOf(plan: Buffer): number {
  return Number(plan.readBigUInt64LE(88));
}

/** A TCP segment of 64 bytes without the FCS. */
export function frameOf(spec: Pick<PacketSpec, 'eth' | 'ip' | 'tcp'>): Uint8Array {
  const headers = 14 + 20 + 20;
  return packet({ ...spec, payload: FRAME_BYTES - headers });
}
