/* Generated from bpf/abi.h by `npm run abi`. Do not edit. */

export const LITTLE_ENDIAN = true;

/** struct weir_flow; addresses and ports are host numbers here, in network order in memory. */

export interface FlowRecord {
  source: number;
  target: number;
  sourcePort: number;
  targetPort: number;
  protocol: number;
}

export const FLOW_SIZE = 16;

export function readFlowRecord(view: DataView, at = 0): FlowRecord {
  return {
    source: view.getUint32(at + 0, false),
    target: view.getUint32(at + 4, false),
    sourcePort: view.getUint16(at + 8, false),
    targetPort: view.getUint16(at + 10, false),
    protocol: view.getUint8(at + 12),
  };
}

export function writeFlowRecord(view: DataView, record: FlowRecord, at = 0): void {
  view.setUint32(at + 0, record.source, false);
  view.setUint32(at + 4, record.target, false);
  view.setUint16(at + 8, record.sourcePort, false);
  view.setUint16(at + 10, record.targetPort, false);
  view.setUint8(at + 12, record.protocol);
}

/** struct weir_connection; addresses and ports are host numbers here, in network order in memory. */

export interface ConnectionRecord {
  seen: number;
  timeout: number;
  state: number;
  service: number;
  destination: number;
  address: number;
  port: number;
  role: number;
  method: number;
}

export const CONNECTION_SIZE = 28;

export function readConnectionRecord(view: DataView, at = 0): ConnectionRecord {
  return {
    seen: view.getUint32(at + 0, LITTLE_ENDIAN),
    timeout: view.getUint32(at + 4, LITTLE_ENDIAN),
    state: view.getUint32(at + 8, LITTLE_ENDIAN),
    service: view.getUint32(at + 12, LITTLE_ENDIAN),
    destination: view.getUint32(at + 16, LITTLE_ENDIAN),
    address: view.getUint32(at + 20, false),
    port: view.getUint16(at + 24, false),
    role: view.getUint8(at + 26),
    method: view.getUint8(at + 27),
  };
}

export function writeConnectionRecord(view: DataView, record: ConnectionRecord, at = 0): void {
  view.setUint32(at + 0, record.seen, LITTLE_ENDIAN);
  view.setUint32(at + 4, record.timeout, LITTLE_ENDIAN);
  view.setUint32(at + 8, record.state, LITTLE_ENDIAN);
  view.setUint32(at + 12, record.service, LITTLE_ENDIAN);
  view.setUint32(at + 16, record.destination, LITTLE_ENDIAN);
  view.setUint32(at + 20, record.address, false);
  view.setUint16(at + 24, record.port, false);
  view.setUint8(at + 26, record.role);
  view.setUint8(at + 27, record.method);
}

/** struct weir_service_key; addresses and ports are host numbers here, in network order in memory. */

export interface ServiceKeyRecord {
  address: number[];
  port: number;
  protocol: number;
  family: number;
}

export const SERVICE_KEY_SIZE = 20;

export function readServiceKeyRecord(view: DataView, at = 0): ServiceKeyRecord {
  return {
    address: Array.from({ length: 4 }, (_, i) => view.getUint32(at + 0 + i * 4, false)),
    port: view.getUint16(at + 16, false),
    protocol: view.getUint8(at + 18),
    family: view.getUint8(at + 19),
  };
}

export function writeServiceKeyRecord(view: DataView, record: ServiceKeyRecord, at = 0): void {
  for (let i = 0; i < 4; i++) view.setUint32(at + 0 + i * 4, record.address[i] ?? 0, false);
  view.setUint16(at + 16, record.port, false);
  view.setUint8(at + 18, record.protocol);
  view.setUint8(at + 19, record.family);
}

/** struct weir_service; addresses and ports are host numbers here, in network order in memory. */

export interface ServiceRecord {
  id: number;
  slots: number;
  count: number;
  scheduler: number;
  flags: number;
  epoch: number;
  position: number;
  currentWeight: number;
  maxWeight: number;
  step: number;
  added: number;
}

export const SERVICE_SIZE = 36;

export function readServiceRecord(view: DataView, at = 0): ServiceRecord {
  return {
    id: view.getUint32(at + 0, LITTLE_ENDIAN),
    slots: view.getUint32(at + 4, LITTLE_ENDIAN),
    count: view.getUint32(at + 8, LITTLE_ENDIAN),
    scheduler: view.getUint16(at + 12, LITTLE_ENDIAN),
    flags: view.getUint16(at + 14, LITTLE_ENDIAN),
    epoch: view.getUint16(at + 16, LITTLE_ENDIAN),
    position: view.getUint16(at + 18, LITTLE_ENDIAN),
    currentWeight: view.getInt32(at + 20, LITTLE_ENDIAN),
    maxWeight: view.getInt32(at + 24, LITTLE_ENDIAN),
    step: view.getInt32(at + 28, LITTLE_ENDIAN),
    added: view.getUint32(at + 32, LITTLE_ENDIAN),
  };
}

export function writeServiceRecord(view: DataView, record: ServiceRecord, at = 0): void {
  view.setUint32(at + 0, record.id, LITTLE_ENDIAN);
  view.setUint32(at + 4, record.slots, LITTLE_ENDIAN);
  view.setUint32(at + 8, record.count, LITTLE_ENDIAN);
  view.setUint16(at + 12, record.scheduler, LITTLE_ENDIAN);
  view.setUint16(at + 14, record.flags, LITTLE_ENDIAN);
  view.setUint16(at + 16, record.epoch, LITTLE_ENDIAN);
  view.setUint16(at + 18, record.position, LITTLE_ENDIAN);
  view.setInt32(at + 20, record.currentWeight, LITTLE_ENDIAN);
  view.setInt32(at + 24, record.maxWeight, LITTLE_ENDIAN);
  view.setInt32(at + 28, record.step, LITTLE_ENDIAN);
  view.setUint32(at + 32, record.added, LITTLE_ENDIAN);
}

/** struct weir_cursor; addresses and ports are host numbers here, in network order in memory. */

export interface CursorRecord {
  epoch: number;
  position: number;
  currentWeight: number;
}

export const CURSOR_SIZE = 8;

export function readCursorRecord(view: DataView, at = 0): CursorRecord {
  return {
    epoch: view.getUint16(at + 0, LITTLE_ENDIAN),
    position: view.getUint16(at + 2, LITTLE_ENDIAN),
    currentWeight: view.getInt32(at + 4, LITTLE_ENDIAN),
  };
}

export function writeCursorRecord(view: DataView, record: CursorRecord, at = 0): void {
  view.setUint16(at + 0, record.epoch, LITTLE_ENDIAN);
  view.setUint16(at + 2, record.position, LITTLE_ENDIAN);
  view.setInt32(at + 4, record.currentWeight, LITTLE_ENDIAN);
}

/** struct weir_destination; addresses and ports are host numbers here, in network order in memory. */

export interface DestinationRecord {
  address: number[];
  port: number;
  method: number;
  flags: number;
  weight: number;
  upperThreshold: number;
  lowerThreshold: number;
  service: number;
}

export const DESTINATION_SIZE = 36;

export function readDestinationRecord(view: DataView, at = 0): DestinationRecord {
  return {
    address: Array.from({ length: 4 }, (_, i) => view.getUint32(at + 0 + i * 4, false)),
    port: view.getUint16(at + 16, false),
    method: view.getUint8(at + 18),
    flags: view.getUint8(at + 19),
    weight: view.getInt32(at + 20, LITTLE_ENDIAN),
    upperThreshold: view.getUint32(at + 24, LITTLE_ENDIAN),
    lowerThreshold: view.getUint32(at + 28, LITTLE_ENDIAN),
    service: view.getUint32(at + 32, LITTLE_ENDIAN),
  };
}

export function writeDestinationRecord(view: DataView, record: DestinationRecord, at = 0): void {
  for (let i = 0; i < 4; i++) view.setUint32(at + 0 + i * 4, record.address[i] ?? 0, false);
  view.setUint16(at + 16, record.port, false);
  view.setUint8(at + 18, record.method);
  view.setUint8(at + 19, record.flags);
  view.setInt32(at + 20, record.weight, LITTLE_ENDIAN);
  view.setUint32(at + 24, record.upperThreshold, LITTLE_ENDIAN);
  view.setUint32(at + 28, record.lowerThreshold, LITTLE_ENDIAN);
  view.setUint32(at + 32, record.service, LITTLE_ENDIAN);
}

/** struct weir_load; addresses and ports are host numbers here, in network order in memory. */

export interface LoadRecord {
  active: number;
  inactive: number;
  persistent: number;
  requestChecked: number;
  replyChecked: number;
}

export const LOAD_SIZE = 16;

export function readLoadRecord(view: DataView, at = 0): LoadRecord {
  return {
    active: view.getUint32(at + 0, LITTLE_ENDIAN),
    inactive: view.getUint32(at + 4, LITTLE_ENDIAN),
    persistent: view.getUint32(at + 8, LITTLE_ENDIAN),
    requestChecked: view.getUint16(at + 12, LITTLE_ENDIAN),
    replyChecked: view.getUint16(at + 14, LITTLE_ENDIAN),
  };
}

export function writeLoadRecord(view: DataView, record: LoadRecord, at = 0): void {
  view.setUint32(at + 0, record.active, LITTLE_ENDIAN);
  view.setUint32(at + 4, record.inactive, LITTLE_ENDIAN);
  view.setUint32(at + 8, record.persistent, LITTLE_ENDIAN);
  view.setUint16(at + 12, record.requestChecked, LITTLE_ENDIAN);
  view.setUint16(at + 14, record.replyChecked, LITTLE_ENDIAN);
}

/** struct weir_counters; addresses and ports are host numbers here, in network order in memory. */

export interface CountersRecord {
  connections: bigint;
  inPackets: bigint;
  inBytes: bigint;
  outPackets: bigint;
  outBytes: bigint;
}

export const COUNTERS_SIZE = 40;

export function readCountersRecord(view: DataView, at = 0): CountersRecord {
  return {
    connections: view.getBigUint64(at + 0, LITTLE_ENDIAN),
    inPackets: view.getBigUint64(at + 8, LITTLE_ENDIAN),
    inBytes: view.getBigUint64(at + 16, LITTLE_ENDIAN),
    outPackets: view.getBigUint64(at + 24, LITTLE_ENDIAN),
    outBytes: view.getBigUint64(at + 32, LITTLE_ENDIAN),
  };
}

export function writeCountersRecord(view: DataView, record: CountersRecord, at = 0): void {
  view.setBigUint64(at + 0, record.connections, LITTLE_ENDIAN);
  view.setBigUint64(at + 8, record.inPackets, LITTLE_ENDIAN);
  view.setBigUint64(at + 16, record.inBytes, LITTLE_ENDIAN);
  view.setBigUint64(at + 24, record.outPackets, LITTLE_ENDIAN);
  view.setBigUint64(at + 32, record.outBytes, LITTLE_ENDIAN);
}

/** struct weir_settings; addresses and ports are host numbers here, in network order in memory. */

export interface SettingsRecord {
  clockAhead: bigint;
  timeouts: number[];
  services: number;
  shards: number;
  noXdpTx: number;
  version: number;
  added: number;
}

export const SETTINGS_SIZE = 96;

export function readSettingsRecord(view: DataView, at = 0): SettingsRecord {
  return {
    clockAhead: view.getBigUint64(at + 0, LITTLE_ENDIAN),
    timeouts: Array.from({ length: 16 }, (_, i) => view.getUint32(at + 8 + i * 4, LITTLE_ENDIAN)),
    services: view.getUint32(at + 72, LITTLE_ENDIAN),
    shards: view.getUint32(at + 76, LITTLE_ENDIAN),
    noXdpTx: view.getUint32(at + 80, LITTLE_ENDIAN),
    version: view.getUint32(at + 84, LITTLE_ENDIAN),
    added: view.getUint32(at + 88, LITTLE_ENDIAN),
  };
}

export function writeSettingsRecord(view: DataView, record: SettingsRecord, at = 0): void {
  view.setBigUint64(at + 0, record.clockAhead, LITTLE_ENDIAN);
  for (let i = 0; i < 16; i++) view.setUint32(at + 8 + i * 4, record.timeouts[i] ?? 0, LITTLE_ENDIAN);
  view.setUint32(at + 72, record.services, LITTLE_ENDIAN);
  view.setUint32(at + 76, record.shards, LITTLE_ENDIAN);
  view.setUint32(at + 80, record.noXdpTx, LITTLE_ENDIAN);
  view.setUint32(at + 84, record.version, LITTLE_ENDIAN);
  view.setUint32(at + 88, record.added, LITTLE_ENDIAN);
}

/** struct weir_interface; addresses and ports are host numbers here, in network order in memory. */

export interface InterfaceRecord {
  index: number;
  mac: number[];
}

export const INTERFACE_SIZE = 12;

export function readInterfaceRecord(view: DataView, at = 0): InterfaceRecord {
  return {
    index: view.getUint32(at + 0, LITTLE_ENDIAN),
    mac: Array.from({ length: 6 }, (_, i) => view.getUint8(at + 4 + i * 1)),
  };
}

export function writeInterfaceRecord(view: DataView, record: InterfaceRecord, at = 0): void {
  view.setUint32(at + 0, record.index, LITTLE_ENDIAN);
  for (let i = 0; i < 6; i++) view.setUint8(at + 4 + i * 1, record.mac[i] ?? 0);
}

/** struct weir_sweep; addresses and ports are host numbers here, in network order in memory. */

export interface SweepRecord {
  shard: number;
  now: number;
  requests: number;
  replies: number;
  expired: number;
  orphans: number;
}

export const SWEEP_SIZE = 24;

export function readSweepRecord(view: DataView, at = 0): SweepRecord {
  return {
    shard: view.getUint32(at + 0, LITTLE_ENDIAN),
    now: view.getUint32(at + 4, LITTLE_ENDIAN),
    requests: view.getUint32(at + 8, LITTLE_ENDIAN),
    replies: view.getUint32(at + 12, LITTLE_ENDIAN),
    expired: view.getUint32(at + 16, LITTLE_ENDIAN),
    orphans: view.getUint32(at + 20, LITTLE_ENDIAN),
  };
}

export function writeSweepRecord(view: DataView, record: SweepRecord, at = 0): void {
  view.setUint32(at + 0, record.shard, LITTLE_ENDIAN);
  view.setUint32(at + 4, record.now, LITTLE_ENDIAN);
  view.setUint32(at + 8, record.requests, LITTLE_ENDIAN);
  view.setUint32(at + 12, record.replies, LITTLE_ENDIAN);
  view.setUint32(at + 16, record.expired, LITTLE_ENDIAN);
  view.setUint32(at + 20, record.orphans, LITTLE_ENDIAN);
}

/** struct weir_mend; addresses and ports are host numbers here, in network order in memory. */

export interface MendRecord {
  destination: number;
  active: number;
  inactive: number;
}

export const MEND_SIZE = 12;

export function readMendRecord(view: DataView, at = 0): MendRecord {
  return {
    destination: view.getUint32(at + 0, LITTLE_ENDIAN),
    active: view.getInt32(at + 4, LITTLE_ENDIAN),
    inactive: view.getInt32(at + 8, LITTLE_ENDIAN),
  };
}

export function writeMendRecord(view: DataView, record: MendRecord, at = 0): void {
  view.setUint32(at + 0, record.destination, LITTLE_ENDIAN);
  view.setInt32(at + 4, record.active, LITTLE_ENDIAN);
  view.setInt32(at + 8, record.inactive, LITTLE_ENDIAN);
}

export const ABI = {
  VERSION: 1,
} as const;

export const REASON = {
  NONE: 0,
  MASQUERADED: 1,
  REPLY_RESTORED: 2,
  ROUTED: 3,
  NOT_IP: 32,
  NOT_FOR_US: 33,
  MALFORMED: 34,
  FRAGMENT: 35,
  PROTOCOL: 36,
  NO_SERVICE: 37,
  NOT_SYN: 38,
  SOURCE_PORT_20: 39,
  NEIGHBOUR_UNKNOWN: 40,
  NO_XDP_ON_WAY_OUT: 41,
  IP_CHECKSUM: 64,
  TTL_EXPIRED: 65,
  NO_DESTINATION: 66,
  DESTINATION_GONE: 67,
  TABLE_FULL: 68,
  NO_ROUTE: 69,
  FORWARDING_OFF: 70,
  TOO_BIG: 71,
  REWRITE_FAILED: 72,
  METHOD_UNSUPPORTED: 73,
  INTERNAL: 74,
  REASONS: 96,
} as const;

export const STATE = {
  NONE: 0,
  ESTABLISHED: 1,
  SYN_SENT: 2,
  SYN_RECV: 3,
  FIN_WAIT: 4,
  TIME_WAIT: 5,
  CLOSE: 6,
  CLOSE_WAIT: 7,
  LAST_ACK: 8,
  LISTEN: 9,
  SYNACK: 10,
  UDP: 11,
  STATES: 12,
  SLOTS: 16,
} as const;

export const SCHEDULER = {
  NONE: 0,
  RR: 1,
  WRR: 2,
} as const;

export const METHOD = {
  MASQUERADE: 0,
  ROUTE: 1,
  TUNNEL: 2,
} as const;

export const ROLE = {
  REQUEST: 0,
  REPLY: 1,
} as const;

export const DESTINATION_FLAG = {
  AVAILABLE: 1,
} as const;
