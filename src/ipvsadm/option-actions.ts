import { isIpv4Address, isIpv6Address, parseIpAddress } from '../net/ip-address.ts';
import type { Tunnel } from '../lvs/service.ts';
import { parseAddressText, parseIpv4OrHost } from './address-text.ts';
import { FULL_NETMASK, type Draft } from './draft.ts';
import type { NameService } from './names.ts';
import { parseLeadingNumber, parseNumber } from './number-text.ts';
import { DEFAULTS, NUMBERS, type Spelling } from './options.ts';
import { EXIT, Refusal } from './refusal.ts';

/** Puts the value of an option into the draft. @throws Refusal for values that are refused */
type Action = (draft: Draft, value: string, names: NameService, spelling: Spelling) => void | Promise<void>;

/** Seconds: 31 days. */
const LONGEST_TIMEOUT = 2_678_400;

/** The kernel's structures have room for 15 characters of a name; what is longer is cut. */
const NAME_LENGTH = 15;

const TUNNEL_TYPES = ['ipip', 'gue', 'gre'] as const;

/** What each option does besides being set, by its long name; those that are not here do nothing else. */
export const ACTIONS: Readonly<Record<string, Action>> = {
  'tcp-service': takeService,
  'udp-service': takeService,
  'sctp-service': takeService,
  'fwmark-service': ({ service }, value) => {
    service.family = 'inet';
    service.protocol = 'tcp';
    service.mark = parseNumber(value, 1, 0xffffffff) ?? refuse(`invalid fwmark value \`${value}' specified`);
  },
  ipv6: ({ service }) => {
    if (service.mark === 0) refuse('-6 used before -f\n');
    service.family = 'inet6';
    service.netmask = FULL_NETMASK.inet6;
  },
  scheduler: ({ service }, value) => {
    service.scheduler = cutName(value);
  },
  persistent: ({ service }, value) => {
    service.persistence = parseTimeout(value, 1);
  },
  netmask: takeNetmask,
  'real-server': takeServer,
  gatewaying: ({ server }) => {
    server.method = 'route';
  },
  ipip: ({ server }) => {
    server.method = 'tunnel';
  },
  masquerading: ({ server }) => {
    server.method = 'masquerade';
  },
  weight: ({ server }, value) => {
    server.weight = takeNumber('weight', value);
  },
  'u-threshold': ({ server }, value) => {
    server.upperThreshold = takeNumber('u-threshold', value);
  },
  'l-threshold': ({ server }, value) => {
    server.lowerThreshold = takeNumber('l-threshold', value);
  },
  'mcast-interface': ({ daemon }, value) => {
    daemon.interface = cutName(value) ?? DEFAULTS.interface;
  },
  syncid: ({ daemon }, value) => {
    daemon.syncId = takeNumber('syncid', value);
  },
  'mcast-group': ({ daemon }, value) => {
    daemon.group = parseGroup(value);
  },
  'mcast-port': ({ daemon }, value) => {
    daemon.port = takeNumber('mcast-port', value);
  },
  'mcast-ttl': ({ daemon }, value) => {
    daemon.ttl = takeNumber('mcast-ttl', value);
  },
  'sync-maxlen': ({ daemon }, value) => {
    daemon.maxLength = takeNumber('sync-maxlen', value);
  },
  ops: ({ service }) => {
    service.onePacket = true;
  },
  pe: ({ service }, value) => {
    service.engine = cutName(value);
  },
  'sched-flags': ({ service }, value) => {
    service.flagNames = value;
  },
  'tun-type': ({ server }, value) => {
    const type = TUNNEL_TYPES.find((each) => each === value);
    server.tunnel = { ...server.tunnel, type: type ?? refuse('illegal tunnel type specified') };
  },
  'tun-port': ({ server }, value) => {
    server.tunnel = { ...server.tunnel, port: takeNumber('tun-port', value) };
  },
  'tun-nocsum': tunnelChecksum('none'),
  'tun-csum': tunnelChecksum('full'),
  'tun-remcsum': tunnelChecksum('remote'),
};

/** Seconds from `least` to 31 days. @throws Refusal */
export function parseTimeout(text: string, least: number): number {
  return parseNumber(text, least, LONGEST_TIMEOUT) ?? refuse(`invalid timeout value \`${text}' specified`);
}

async function takeService({ service }: Draft, value: string, names: NameService, spelling: Spelling): Promise<void> {
  service.protocol = spelling.protocol;
  const text = await parseAddressText(value, service.protocol, names);
  if (text === undefined) refuse('illegal virtual server address[:port] specified');
  service.family = text.family;
  service.address = text.address;
  service.port = text.port ?? 0;
  if (text.family === 'inet6') service.netmask = FULL_NETMASK.inet6;
}

async function takeServer({ service, server }: Draft, value: string, names: NameService): Promise<void> {
  const text = await parseAddressText(value, service.protocol, names);
  if (text === undefined) refuse('illegal real server address[:port] specified');
  server.family = text.family;
  server.address = text.address;
  server.port = text.port ?? service.port;
}

async function takeNetmask({ service }: Draft, value: string, names: NameService): Promise<void> {
  if (service.family === 'inet6') {
    const length = parseLeadingNumber(value);
    if (length < 1 || length > 128) refuse('illegal ipv6 netmask specified');
    service.netmask = String(length);
    return;
  }
  service.netmask = (await parseIpv4OrHost(value, names)) ?? refuse('illegal virtual server persistent mask specified');
}

function parseGroup(text: string): string {
  if (isIpv4Address(text) && Number(text.split('.')[0]) >> 4 === 0xe) return text;
  if (isIpv6Address(text) && /^ff/i.test(text)) return parseIpAddress(text);
  return refuse(`invalid ${text.includes(':') ? 'IPv6' : 'IPv4'} mcast-group \`${text}'`);
}

function takeNumber(option: keyof typeof NUMBERS, value: string): number {
  const { low, high, word } = NUMBERS[option];
  return parseNumber(value, low, high) ?? refuse(`illegal ${word} specified`);
}

function tunnelChecksum(checksum: Tunnel['checksum']): Action {
  return ({ server }) => {
    server.tunnel = { ...server.tunnel, checksum };
  };
}

/** Undefined for an empty name, which counts as none. */
function cutName(name: string): string | undefined {
  return name === '' ? undefined : name.slice(0, NAME_LENGTH);
}

function refuse(message: string): never {
  throw new Refusal(EXIT.usage, message);
}
