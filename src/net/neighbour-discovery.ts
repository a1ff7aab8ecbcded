import { concatBytes, NO_BYTES, u32, words32 } from './bytes.ts';
import { needBytes } from './codec.ts';
import type { IcmpHeader } from './icmp.ts';
import { ICMPV6_TYPE } from './icmpv6.ts';
import { addressToBytes, ipv6At, type IpAddress } from './ip-address.ts';
import { formatNeighbourOptions, parseNeighbourOptions, type NeighbourOption } from './neighbour-options.ts';

const ROUTER = 0x80000000;
const SOLICITED = 0x40000000;
const OVERRIDE = 0x20000000;
const MANAGED = 0x80;
const OTHER = 0x40;

/** A message of neighbour discovery (RFC 4861 section 4). */
export type NeighbourMessage =
  | { kind: 'router-solicitation'; options: NeighbourOption[] }
  | RouterAdvertisement
  /** Who has `target`? ARP's request. */
  | { kind: 'neighbour-solicitation'; target: IpAddress; options: NeighbourOption[] }
  | NeighbourAdvertisement
  | { kind: 'redirect'; target: IpAddress; destination: IpAddress; options: NeighbourOption[] };

export interface RouterAdvertisement {
  kind: 'router-advertisement';
  hopLimit: number;
  managed: boolean;
  otherConfiguration: boolean;
  /** Seconds. */
  lifetime: number;
  /** Milliseconds. */
  reachableTime: number;
  retransmitTimer: number;
  options: NeighbourOption[];
}

/** ARP's reply. */
export interface NeighbourAdvertisement {
  kind: 'neighbour-advertisement';
  router: boolean;
  /** An answer to a solicitation, not an announcement. */
  solicited: boolean;
  override: boolean;
  target: IpAddress;
  options: NeighbourOption[];
}

/** What an ICMPv6 packet needs to carry a message. */
export interface NeighbourPacket {
  header: Pick<IcmpHeader, 'type' | 'code' | 'rest'>;
  payload: Uint8Array;
}

type Kind = NeighbourMessage['kind'];
type MessageOf<K extends Kind> = Extract<NeighbourMessage, { kind: K }>;

interface Form<K extends Kind> {
  type: number;
  /** Takes the second word of the ICMPv6 header and what follows it. */
  read(rest: number, payload: Uint8Array): MessageOf<K>;
  /** The second word, and what stands between it and the options. */
  write(message: MessageOf<K>): { rest: number; body: Uint8Array };
}

const FORMS: { [K in Kind]: Form<K> } = {
  'router-solicitation': {
    type: ICMPV6_TYPE.routerSolicitation,
    read: (_, payload) => ({ kind: 'router-solicitation', options: parseNeighbourOptions(payload) }),
    write: () => ({ rest: 0, body: NO_BYTES }),
  },
  'router-advertisement': {
    type: ICMPV6_TYPE.routerAdvertisement,
    read: readRouterAdvertisement,
    write: writeRouterAdvertisement,
  },
  'neighbour-solicitation': {
    type: ICMPV6_TYPE.neighbourSolicitation,
    read: (_, payload) => ({
      kind: 'neighbour-solicitation',
      target: addressIn(payload, 0),
      options: optionsAfter(payload, 16),
    }),
    write: ({ target }) => ({ rest: 0, body: addressToBytes(target) }),
  },
  'neighbour-advertisement': {
    type: ICMPV6_TYPE.neighbourAdvertisement,
    read: (rest, payload) => ({
      kind: 'neighbour-advertisement',
      router: (rest & ROUTER) !== 0,
      solicited: (rest & SOLICITED) !== 0,
      override: (rest & OVERRIDE) !== 0,
      target: addressIn(payload, 0),
      options: optionsAfter(payload, 16),
    }),
    write: ({ router, solicited, override, target }) => ({
      rest: ((router ? ROUTER : 0) | (solicited ? SOLICITED : 0) | (override ? OVERRIDE : 0)) >>> 0,
      body: addressToBytes(target),
    }),
  },
  redirect: {
    type: ICMPV6_TYPE.redirect,
    read: (_, payload) => ({
      kind: 'redirect',
      target: addressIn(payload, 0),
      destination: addressIn(payload, 16),
      options: optionsAfter(payload, 32),
    }),
    write: ({ target, destination }) => ({
      rest: 0,
      body: concatBytes(addressToBytes(target), addressToBytes(destination)),
    }),
  },
};

const FORM_OF_TYPE = new Map(Object.values(FORMS).map((form) => [form.type, form]));

/**
 * Reads the payload of an ICMPv6 packet as neighbour discovery; undefined where its type is another.
 * @throws WeirError FRAME_INVALID
 */
export function parseNeighbourMessage({ header, payload }: NeighbourPacket): NeighbourMessage | undefined {
  return FORM_OF_TYPE.get(header.type)?.read(header.rest, payload);
}

/** The ICMPv6 header (but for its checksum) and payload of a message. */
export function formatNeighbourMessage(message: NeighbourMessage): NeighbourPacket {
  const { type, rest, body } = toRaw(message);
  return { header: { type, code: 0, rest }, payload: concatBytes(body, formatNeighbourOptions(message.options)) };
}

/** The group to which a solicitation for an address goes: ff02::1:ff00:0/104 and its last 24 bits (RFC 4291 section 2.7.1). */
export function solicitedNode(address: IpAddress): IpAddress {
  const bytes = addressToBytes(address);
  const group = addressToBytes('ff02::1:ff00:0');
  group.set(bytes.subarray(13), 13);
  return ipv6At(group, 0);
}

function toRaw<K extends Kind>(message: MessageOf<K>): { type: number; rest: number; body: Uint8Array } {
  const form: Form<K> = FORMS[message.kind];
  return { type: form.type, ...form.write(message) };
}

function readRouterAdvertisement(rest: number, payload: Uint8Array): RouterAdvertisement {
  needBytes('router advertisement', 0, payload.length, 8);
  const flags = (rest >>> 16) & 0xff;
  return {
    kind: 'router-advertisement',
    hopLimit: rest >>> 24,
    managed: (flags & MANAGED) !== 0,
    otherConfiguration: (flags & OTHER) !== 0,
    lifetime: rest & 0xffff,
    reachableTime: u32(payload, 0),
    retransmitTimer: u32(payload, 4),
    options: optionsAfter(payload, 8),
  };
}

function writeRouterAdvertisement(message: RouterAdvertisement): { rest: number; body: Uint8Array } {
  const flags = (message.managed ? MANAGED : 0) | (message.otherConfiguration ? OTHER : 0);
  return {
    rest: ((message.hopLimit << 24) | (flags << 16) | message.lifetime) >>> 0,
    body: words32(message.reachableTime, message.retransmitTimer),
  };
}

function addressIn(payload: Uint8Array, offset: number): IpAddress {
  needBytes('neighbour discovery', offset, payload.length, 16);
  return ipv6At(payload, offset);
}

function optionsAfter(payload: Uint8Array, offset: number): NeighbourOption[] {
  return parseNeighbourOptions(payload.subarray(offset));
}
