import { addressFromBytes } from '../net/address.ts';
import { RouteSocket } from './route-socket.ts';

/* include/uapi/linux/rtnetlink.h, neighbour.h */
const RTMGRP_NEIGH = 0x4;
const RTM_NEWNEIGH = 28;
const RTM_DELNEIGH = 29;
const NUD_FAILED = 0x20;
/** States in which a MAC address is known: reachable, stale, delay, probe, permanent. */
const NUD_KNOWN = 0x02 | 0x04 | 0x08 | 0x10 | 0x80;
const NDA_DST = 1;
/** struct nlmsghdr, and struct ndmsg after it. */
const TYPE_AT = 4;
const STATE_AT = 24;
const ATTRIBUTES_AT = 28;
const ATTRIBUTE_HEADER = 4;
const MOST_MESSAGES = 4096;

export interface NeighbourNews {
  /** In the order in which it came. */
  news: Neighbour[];
  /** More came than there was room for: something is missing. */
  overrun: boolean;
}

export interface Neighbour {
  address: string;
  /** `silent`: it was asked for its MAC address and has not answered. `forgotten`: nothing is known any more, whatever was said before. */
  state: 'answers' | 'silent' | 'forgotten';
}

/** Hears which neighbours of this network namespace answer ARP or neighbour discovery, and which no longer do. Nothing blocks. */
export class NeighbourMonitor {
  readonly #socket = new RouteSocket(RTMGRP_NEIGH);

  /** What has come since it was asked last. @throws WeirError KERNEL_CALL_FAILED */
  read(): NeighbourNews {
    const news: Neighbour[] = [];
    let overrun = false;
    for (let count = 0; count < MOST_MESSAGES; count++) {
      const message = this.#socket.receive();
      if (message === undefined) break;
      if (message === 'overrun') {
        overrun = true;
        continue;
      }
      const one = readNeighbour(message);
      if (one !== undefined) news.push(one);
    }
    return { news, overrun };
  }

  close(): void {
    this.#socket.close();
  }
}

/** A message of rtnetlink(7); undefined if it says nothing of a neighbour, or that it is being asked. */
export function readNeighbour(message: Buffer): Neighbour | undefined {
  if (message.length < ATTRIBUTES_AT) return undefined;
  const state = stateOf(message.readUInt16LE(TYPE_AT), message.readUInt16LE(STATE_AT));
  if (state === undefined) return undefined;
  for (let at = ATTRIBUTES_AT; at + ATTRIBUTE_HEADER <= message.length;) {
    const length = message.readUInt16LE(at);
    if (length < ATTRIBUTE_HEADER || at + length > message.length) return undefined;
    const value = message.subarray(at + ATTRIBUTE_HEADER, at + length);
    if (message.readUInt16LE(at + 2) === NDA_DST && (value.length === 4 || value.length === 16))
      return { address: addressFromBytes(value), state };
    at += (length + 3) & ~3;
  }
  return undefined;
}

function stateOf(type: number, flags: number): Neighbour['state'] | undefined {
  if (type === RTM_DELNEIGH) return 'forgotten';
  if (type !== RTM_NEWNEIGH) return undefined;
  if ((flags & NUD_FAILED) !== 0) return 'silent';
  return (flags & NUD_KNOWN) === 0 ? undefined : 'answers';
}
