import type { Protocol } from '../lvs/service.ts';

/** What an option may stand for, with the names that messages use, in the order in which options are checked. */
export const OPTIONS = [
  'numeric',
  'connection',
  'service-address',
  'scheduler',
  'persistent',
  'netmask',
  'real-server',
  'forwarding-method',
  'weight',
  'u-threshold',
  'l-threshold',
  'mcast-interface',
  'timeout',
  'daemon',
  'stats',
  'rate',
  'thresholds',
  'persistent-conn',
  'nosort',
  'syncid',
  'exact',
  'ops',
  'pe',
  'sched-flags',
  'mcast-group',
  'mcast-port',
  'mcast-ttl',
  'sync-maxlen',
  'tun-info',
  'tun-type',
  'tun-port',
  'tun-nocsum',
  'tun-csum',
  'tun-remcsum',
] as const;

export type OptionName = (typeof OPTIONS)[number];

/** How a command takes options. Those that are in none of the lists are refused; of `one` there may be one at most. */
export interface CommandRule {
  needs: readonly OptionName[];
  allows: readonly OptionName[];
  one: readonly OptionName[];
}

const SERVER_OPTIONS: readonly OptionName[] = [
  'forwarding-method',
  'weight',
  'u-threshold',
  'l-threshold',
  'tun-type',
  'tun-port',
  'tun-nocsum',
  'tun-csum',
  'tun-remcsum',
];

const SERVICE_RULE: CommandRule = {
  needs: ['service-address'],
  allows: ['scheduler', 'persistent', 'netmask', 'ops', 'pe', 'sched-flags'],
  one: [],
};
const SERVER_RULE: CommandRule = { needs: ['service-address', 'real-server'], allows: SERVER_OPTIONS, one: [] };
const BARE_RULE: CommandRule = { needs: [], allows: [], one: [] };

/** The commands by the names that messages use, with the options that each takes (recorded in matrix-*). */
export const COMMANDS = {
  'add-service': SERVICE_RULE,
  'edit-service': SERVICE_RULE,
  'delete-service': { needs: ['service-address'], allows: [], one: [] },
  flush: BARE_RULE,
  list: {
    needs: [],
    allows: ['numeric', 'stats', 'rate', 'thresholds', 'persistent-conn', 'nosort', 'syncid', 'exact', 'tun-info'],
    one: ['connection', 'service-address', 'timeout', 'daemon'],
  },
  'add-server': SERVER_RULE,
  'edit-server': SERVER_RULE,
  'delete-server': { needs: ['service-address', 'real-server'], allows: [], one: [] },
  set: BARE_RULE,
  'start-daemon': {
    needs: [],
    allows: ['mcast-interface', 'syncid', 'mcast-group', 'mcast-port', 'mcast-ttl', 'sync-maxlen'],
    one: [],
  },
  'stop-daemon': { needs: [], allows: ['syncid'], one: [] },
  restore: BARE_RULE,
  save: { needs: [], allows: ['numeric'], one: [] },
  zero: { needs: [], allows: ['service-address'], one: [] },
} as const satisfies Record<string, CommandRule>;

export type CommandName = keyof typeof COMMANDS;

export type ValueKind = 'none' | 'required' | 'optional';

/** One way to write an option, with what it stands for. */
export interface Spelling {
  long: string;
  short?: string;
  value: ValueKind;
  /** Set for commands, which only the first option can be; `help` and `version` are commands that take no part in checks. */
  command?: CommandName | 'help' | 'version';
  /** What the option counts as: more than once is refused. */
  option?: OptionName;
  protocol?: Protocol;
}

export const SPELLINGS: readonly Spelling[] = [
  { long: 'help', short: 'h', value: 'none', command: 'help' },
  { long: 'version', short: 'v', value: 'none', command: 'version' },
  { long: 'add-service', short: 'A', value: 'none', command: 'add-service' },
  { long: 'edit-service', short: 'E', value: 'none', command: 'edit-service' },
  { long: 'delete-service', short: 'D', value: 'none', command: 'delete-service' },
  { long: 'clear', short: 'C', value: 'none', command: 'flush' },
  { long: 'list', short: 'L', value: 'none', command: 'list' },
  { long: 'list', short: 'l', value: 'none', command: 'list' },
  { long: 'zero', short: 'Z', value: 'none', command: 'zero' },
  { long: 'add-server', short: 'a', value: 'none', command: 'add-server' },
  { long: 'edit-server', short: 'e', value: 'none', command: 'edit-server' },
  { long: 'delete-server', short: 'd', value: 'none', command: 'delete-server' },
  { long: 'set', value: 'none', command: 'set' },
  { long: 'start-daemon', value: 'required', command: 'start-daemon' },
  { long: 'stop-daemon', value: 'required', command: 'stop-daemon' },
  { long: 'restore', short: 'R', value: 'none', command: 'restore' },
  { long: 'save', short: 'S', value: 'none', command: 'save' },
  { long: 'tcp-service', short: 't', value: 'required', option: 'service-address', protocol: 'tcp' },
  { long: 'udp-service', short: 'u', value: 'required', option: 'service-address', protocol: 'udp' },
  { long: 'sctp-service', value: 'required', option: 'service-address', protocol: 'sctp' },
  { long: 'fwmark-service', short: 'f', value: 'required', option: 'service-address' },
  { long: 'ipv6', short: '6', value: 'none' },
  { long: 'scheduler', short: 's', value: 'required', option: 'scheduler' },
  { long: 'persistent', short: 'p', value: 'optional', option: 'persistent' },
  { long: 'netmask', short: 'M', value: 'required', option: 'netmask' },
  { long: 'real-server', short: 'r', value: 'required', option: 'real-server' },
  { long: 'gatewaying', short: 'g', value: 'none', option: 'forwarding-method' },
  { long: 'ipip', short: 'i', value: 'none', option: 'forwarding-method' },
  { long: 'masquerading', short: 'm', value: 'none', option: 'forwarding-method' },
  { long: 'weight', short: 'w', value: 'required', option: 'weight' },
  { long: 'u-threshold', short: 'x', value: 'required', option: 'u-threshold' },
  { long: 'l-threshold', short: 'y', value: 'required', option: 'l-threshold' },
  { long: 'numeric', short: 'n', value: 'none', option: 'numeric' },
  { long: 'connection', short: 'c', value: 'none', option: 'connection' },
  { long: 'mcast-interface', value: 'required', option: 'mcast-interface' },
  { long: 'timeout', value: 'none', option: 'timeout' },
  { long: 'daemon', value: 'none', option: 'daemon' },
  { long: 'stats', value: 'none', option: 'stats' },
  { long: 'rate', value: 'none', option: 'rate' },
  { long: 'thresholds', value: 'none', option: 'thresholds' },
  { long: 'persistent-conn', value: 'none', option: 'persistent-conn' },
  { long: 'nosort', value: 'none', option: 'nosort' },
  { long: 'sort', value: 'none' },
  { long: 'syncid', value: 'required', option: 'syncid' },
  { long: 'exact', short: 'X', value: 'none', option: 'exact' },
  { long: 'ops', short: 'o', value: 'none', option: 'ops' },
  { long: 'pe', value: 'required', option: 'pe' },
  { long: 'sched-flags', short: 'b', value: 'required', option: 'sched-flags' },
  { long: 'mcast-group', value: 'required', option: 'mcast-group' },
  { long: 'mcast-port', value: 'required', option: 'mcast-port' },
  { long: 'mcast-ttl', value: 'required', option: 'mcast-ttl' },
  { long: 'sync-maxlen', value: 'required', option: 'sync-maxlen' },
  { long: 'tun-info', value: 'none', option: 'tun-info' },
  { long: 'tun-type', value: 'required', option: 'tun-type' },
  { long: 'tun-port', value: 'required', option: 'tun-port' },
  { long: 'tun-nocsum', value: 'none', option: 'tun-nocsum' },
  { long: 'tun-csum', value: 'none', option: 'tun-csum' },
  { long: 'tun-remcsum', value: 'none', option: 'tun-remcsum' },
];

/** Options whose value is a whole number: its range, and the word that the message gives it. */
export const NUMBERS = {
  weight: { low: 0, high: 0x7fffffff, word: 'weight' },
  'u-threshold': { low: 0, high: 0x7fffffff, word: 'u_threshold' },
  'l-threshold': { low: 0, high: 0x7fffffff, word: 'l_threshold' },
  syncid: { low: 0, high: 255, word: 'syncid' },
  'mcast-port': { low: 1, high: 65535, word: 'mcast-port' },
  'mcast-ttl': { low: 1, high: 255, word: 'mcast-ttl' },
  'sync-maxlen': { low: 1, high: 65535 - 20 - 8, word: 'sync-maxlen' },
  'tun-port': { low: 1, high: 65535, word: 'tunnel port' },
} as const;

/** How each tunnel type takes the tunnel options, and what of the checksums there may be one of. */
export const TUNNELS = {
  ipip: { needs: [], allows: [], one: [] },
  gue: { needs: ['tun-port'], allows: [], one: ['tun-nocsum', 'tun-csum', 'tun-remcsum'] },
  gre: { needs: [], allows: [], one: ['tun-nocsum', 'tun-csum'] },
} as const satisfies Record<string, CommandRule>;

/** The tunnel options that the tunnel type decides about, in the order in which they are checked. */
export const TUNNEL_OPTIONS = ['tun-port', 'tun-nocsum', 'tun-csum', 'tun-remcsum'] as const satisfies OptionName[];

/** What stands for an option that is not given. */
export const DEFAULTS = {
  scheduler: 'wlc',
  /** Seconds. The manual page says 300; the program takes 360 (recorded in persistence). */
  persistence: 360,
  weight: 1,
  interface: 'eth0',
} as const;
