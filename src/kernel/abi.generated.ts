/* Generated from bpf/abi.h by `npm run abi`. Do not edit. */

export const LITTLE_ENDIAN = true;

/** struct weir_flow4; addresses and ports are host numbers here, in network order in memory. */

export interface Flow4Record {
  source: readonly number[];
  target: readonly number[];
  sourcePort: number;
  targetPort: number;
  protocol: number;
}

export const FLOW4_SIZE = 16;

export function readFlow4Record(view: DataView, at = 0): Flow4Record {
  return {
    source: [view.getUint32(at + 0, false)],
    target: [view.getUint32(at + 4, false)],
    sourcePort: view.getUint16(at + 8, false),
    targetPort: view.getUint16(at + 10, false),
    protocol: view.getUint8(at + 12),
  };
}

export function writeFlow4Record(view: DataView, record: Flow4Record, at = 0): void {
  for (let i = 0; i < 1; i++) view.setUint32(at + 0 + i * 4, record.source[i] ?? 0, false);
  for (let i = 0; i < 1; i++) view.setUint32(at + 4 + i * 4, record.target[i] ?? 0, false);
  view.setUint16(at + 8, record.sourcePort, false);
  view.setUint16(at + 10, record.targetPort, false);
  view.setUint8(at + 12, record.protocol);
}

/** struct weir_flow6; addresses and ports are host numbers here, in network order in memory. */

export interface Flow6Record {
  source: readonly number[];
  target: readonly number[];
  sourcePort: number;
  targetPort: number;
  protocol: number;
}

export const FLOW6_SIZE = 40;

export function readFlow6Record(view: DataView, at = 0): Flow6Record {
  return {
    source: [view.getUint32(at + 0, false), view.getUint32(at + 4, false), view.getUint32(at + 8, false), view.getUint32(at + 12, false)],
    target: [view.getUint32(at + 16, false), view.getUint32(at + 20, false), view.getUint32(at + 24, false), view.getUint32(at + 28, false)],
    sourcePort: view.getUint16(at + 32, false),
    targetPort: view.getUint16(at + 34, false),
    protocol: view.getUint8(at + 36),
  };
}

export function writeFlow6Record(view: DataView, record: Flow6Record, at = 0): void {
  for (let i = 0; i < 4; i++) view.setUint32(at + 0 + i * 4, record.source[i] ?? 0, false);
  for (let i = 0; i < 4; i++) view.setUint32(at + 16 + i * 4, record.target[i] ?? 0, false);
  view.setUint16(at + 32, record.sourcePort, false);
  view.setUint16(at + 34, record.targetPort, false);
  view.setUint8(at + 36, record.protocol);
}

/** struct weir_connection4; addresses and ports are host numbers here, in network order in memory. */

export interface Connection4Record {
  seen: number;
  timeout: number;
  state: number;
  destination: number;
  template: number;
  packets: number;
  flags: number;
  role: number;
  method: number;
  port: number;
  began: number;
  address: readonly number[];
}

export const CONNECTION4_SIZE = 32;

export function readConnection4Record(view: DataView, at = 0): Connection4Record {
  return {
    seen: view.getUint32(at + 0, LITTLE_ENDIAN),
    timeout: view.getUint32(at + 4, LITTLE_ENDIAN),
    state: view.getUint32(at + 8, LITTLE_ENDIAN),
    destination: view.getUint32(at + 12, LITTLE_ENDIAN),
    template: view.getUint32(at + 16, LITTLE_ENDIAN),
    packets: view.getUint8(at + 20),
    flags: view.getUint8(at + 21),
    role: view.getUint8(at + 22),
    method: view.getUint8(at + 23),
    port: view.getUint16(at + 24, false),
    began: view.getUint16(at + 26, LITTLE_ENDIAN),
    address: [view.getUint32(at + 28, false)],
  };
}

export function writeConnection4Record(view: DataView, record: Connection4Record, at = 0): void {
  view.setUint32(at + 0, record.seen, LITTLE_ENDIAN);
  view.setUint32(at + 4, record.timeout, LITTLE_ENDIAN);
  view.setUint32(at + 8, record.state, LITTLE_ENDIAN);
  view.setUint32(at + 12, record.destination, LITTLE_ENDIAN);
  view.setUint32(at + 16, record.template, LITTLE_ENDIAN);
  view.setUint8(at + 20, record.packets);
  view.setUint8(at + 21, record.flags);
  view.setUint8(at + 22, record.role);
  view.setUint8(at + 23, record.method);
  view.setUint16(at + 24, record.port, false);
  view.setUint16(at + 26, record.began, LITTLE_ENDIAN);
  for (let i = 0; i < 1; i++) view.setUint32(at + 28 + i * 4, record.address[i] ?? 0, false);
}

/** struct weir_connection6; addresses and ports are host numbers here, in network order in memory. */

export interface Connection6Record {
  seen: number;
  timeout: number;
  state: number;
  destination: number;
  template: number;
  packets: number;
  flags: number;
  role: number;
  method: number;
  port: number;
  began: number;
  address: readonly number[];
}

export const CONNECTION6_SIZE = 44;

export function readConnection6Record(view: DataView, at = 0): Connection6Record {
  return {
    seen: view.getUint32(at + 0, LITTLE_ENDIAN),
    timeout: view.getUint32(at + 4, LITTLE_ENDIAN),
    state: view.getUint32(at + 8, LITTLE_ENDIAN),
    destination: view.getUint32(at + 12, LITTLE_ENDIAN),
    template: view.getUint32(at + 16, LITTLE_ENDIAN),
    packets: view.getUint8(at + 20),
    flags: view.getUint8(at + 21),
    role: view.getUint8(at + 22),
    method: view.getUint8(at + 23),
    port: view.getUint16(at + 24, false),
    began: view.getUint16(at + 26, LITTLE_ENDIAN),
    address: [view.getUint32(at + 28, false), view.getUint32(at + 32, false), view.getUint32(at + 36, false), view.getUint32(at + 40, false)],
  };
}

export function writeConnection6Record(view: DataView, record: Connection6Record, at = 0): void {
  view.setUint32(at + 0, record.seen, LITTLE_ENDIAN);
  view.setUint32(at + 4, record.timeout, LITTLE_ENDIAN);
  view.setUint32(at + 8, record.state, LITTLE_ENDIAN);
  view.setUint32(at + 12, record.destination, LITTLE_ENDIAN);
  view.setUint32(at + 16, record.template, LITTLE_ENDIAN);
  view.setUint8(at + 20, record.packets);
  view.setUint8(at + 21, record.flags);
  view.setUint8(at + 22, record.role);
  view.setUint8(at + 23, record.method);
  view.setUint16(at + 24, record.port, false);
  view.setUint16(at + 26, record.began, LITTLE_ENDIAN);
  for (let i = 0; i < 4; i++) view.setUint32(at + 28 + i * 4, record.address[i] ?? 0, false);
}

/** struct weir_partner4; addresses and ports are host numbers here, in network order in memory. */

export interface Partner4Record {
  address: readonly number[];
  port: number;
}

export const PARTNER4_SIZE = 8;

export function readPartner4Record(view: DataView, at = 0): Partner4Record {
  return {
    address: [view.getUint32(at + 0, false)],
    port: view.getUint16(at + 4, false),
  };
}

export function writePartner4Record(view: DataView, record: Partner4Record, at = 0): void {
  for (let i = 0; i < 1; i++) view.setUint32(at + 0 + i * 4, record.address[i] ?? 0, false);
  view.setUint16(at + 4, record.port, false);
}

/** struct weir_partner6; addresses and ports are host numbers here, in network order in memory. */

export interface Partner6Record {
  address: readonly number[];
  port: number;
}

export const PARTNER6_SIZE = 20;

export function readPartner6Record(view: DataView, at = 0): Partner6Record {
  return {
    address: [view.getUint32(at + 0, false), view.getUint32(at + 4, false), view.getUint32(at + 8, false), view.getUint32(at + 12, false)],
    port: view.getUint16(at + 16, false),
  };
}

export function writePartner6Record(view: DataView, record: Partner6Record, at = 0): void {
  for (let i = 0; i < 4; i++) view.setUint32(at + 0 + i * 4, record.address[i] ?? 0, false);
  view.setUint16(at + 16, record.port, false);
}

/** struct weir_source; addresses and ports are host numbers here, in network order in memory. */

export interface SourceRecord {
  address: readonly number[];
  firstPort: number;
  lastPort: number;
  begin: number;
}

export const SOURCE_SIZE = 24;

export function readSourceRecord(view: DataView, at = 0): SourceRecord {
  return {
    address: [view.getUint32(at + 0, false), view.getUint32(at + 4, false), view.getUint32(at + 8, false), view.getUint32(at + 12, false)],
    firstPort: view.getUint16(at + 16, LITTLE_ENDIAN),
    lastPort: view.getUint16(at + 18, LITTLE_ENDIAN),
    begin: view.getUint32(at + 20, LITTLE_ENDIAN),
  };
}

export function writeSourceRecord(view: DataView, record: SourceRecord, at = 0): void {
  for (let i = 0; i < 4; i++) view.setUint32(at + 0 + i * 4, record.address[i] ?? 0, false);
  view.setUint16(at + 16, record.firstPort, LITTLE_ENDIAN);
  view.setUint16(at + 18, record.lastPort, LITTLE_ENDIAN);
  view.setUint32(at + 20, record.begin, LITTLE_ENDIAN);
}

/** struct weir_service_key; addresses and ports are host numbers here, in network order in memory. */

export interface ServiceKeyRecord {
  address: readonly number[];
  port: number;
  protocol: number;
  family: number;
}

export const SERVICE_KEY_SIZE = 20;

export function readServiceKeyRecord(view: DataView, at = 0): ServiceKeyRecord {
  return {
    address: [view.getUint32(at + 0, false), view.getUint32(at + 4, false), view.getUint32(at + 8, false), view.getUint32(at + 12, false)],
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

/** struct weir_template_key; addresses and ports are host numbers here, in network order in memory. */

export interface TemplateKeyRecord {
  client: readonly number[];
  address: readonly number[];
  port: number;
  protocol: number;
  family: number;
}

export const TEMPLATE_KEY_SIZE = 36;

export function readTemplateKeyRecord(view: DataView, at = 0): TemplateKeyRecord {
  return {
    client: [view.getUint32(at + 0, false), view.getUint32(at + 4, false), view.getUint32(at + 8, false), view.getUint32(at + 12, false)],
    address: [view.getUint32(at + 16, false), view.getUint32(at + 20, false), view.getUint32(at + 24, false), view.getUint32(at + 28, false)],
    port: view.getUint16(at + 32, false),
    protocol: view.getUint8(at + 34),
    family: view.getUint8(at + 35),
  };
}

export function writeTemplateKeyRecord(view: DataView, record: TemplateKeyRecord, at = 0): void {
  for (let i = 0; i < 4; i++) view.setUint32(at + 0 + i * 4, record.client[i] ?? 0, false);
  for (let i = 0; i < 4; i++) view.setUint32(at + 16 + i * 4, record.address[i] ?? 0, false);
  view.setUint16(at + 32, record.port, false);
  view.setUint8(at + 34, record.protocol);
  view.setUint8(at + 35, record.family);
}

/** struct weir_template; addresses and ports are host numbers here, in network order in memory. */

export interface TemplateRecord {
  key: TemplateKeyRecord;
  seen: number;
  timeout: number;
  destination: number;
  controlled: number;
  port: number;
  flags: number;
}

export const TEMPLATE_SIZE = 56;

export function readTemplateRecord(view: DataView, at = 0): TemplateRecord {
  return {
    key: readTemplateKeyRecord(view, at + 0),
    seen: view.getUint32(at + 36, LITTLE_ENDIAN),
    timeout: view.getUint32(at + 40, LITTLE_ENDIAN),
    destination: view.getUint32(at + 44, LITTLE_ENDIAN),
    controlled: view.getUint32(at + 48, LITTLE_ENDIAN),
    port: view.getUint16(at + 52, false),
    flags: view.getUint8(at + 54),
  };
}

export function writeTemplateRecord(view: DataView, record: TemplateRecord, at = 0): void {
  writeTemplateKeyRecord(view, record.key, at + 0);
  view.setUint32(at + 36, record.seen, LITTLE_ENDIAN);
  view.setUint32(at + 40, record.timeout, LITTLE_ENDIAN);
  view.setUint32(at + 44, record.destination, LITTLE_ENDIAN);
  view.setUint32(at + 48, record.controlled, LITTLE_ENDIAN);
  view.setUint16(at + 52, record.port, false);
  view.setUint8(at + 54, record.flags);
}

/** struct weir_call; addresses and ports are host numbers here, in network order in memory. */

export interface CallRecord {
  key: TemplateKeyRecord;
  id: readonly number[];
  length: number;
}

export const CALL_SIZE = 292;

export function readCallRecord(view: DataView, at = 0): CallRecord {
  return {
    key: readTemplateKeyRecord(view, at + 0),
    id: Array.from({ length: 255 }, (_, i) => view.getUint8(at + 36 + i * 1)),
    length: view.getUint8(at + 291),
  };
}

export function writeCallRecord(view: DataView, record: CallRecord, at = 0): void {
  writeTemplateKeyRecord(view, record.key, at + 0);
  for (let i = 0; i < 255; i++) view.setUint8(at + 36 + i * 1, record.id[i] ?? 0);
  view.setUint8(at + 291, record.length);
}

/** struct weir_progress; addresses and ports are host numbers here, in network order in memory. */

export interface ProgressRecord {
  serial: number;
  offered: number;
  full: number;
  fullAt: number;
}

export const PROGRESS_SIZE = 16;

export function readProgressRecord(view: DataView, at = 0): ProgressRecord {
  return {
    serial: view.getUint32(at + 0, LITTLE_ENDIAN),
    offered: view.getUint32(at + 4, LITTLE_ENDIAN),
    full: view.getUint32(at + 8, LITTLE_ENDIAN),
    fullAt: view.getUint32(at + 12, LITTLE_ENDIAN),
  };
}

export function writeProgressRecord(view: DataView, record: ProgressRecord, at = 0): void {
  view.setUint32(at + 0, record.serial, LITTLE_ENDIAN);
  view.setUint32(at + 4, record.offered, LITTLE_ENDIAN);
  view.setUint32(at + 8, record.full, LITTLE_ENDIAN);
  view.setUint32(at + 12, record.fullAt, LITTLE_ENDIAN);
}

/** struct weir_caller; addresses and ports are host numbers here, in network order in memory. */

export interface CallerRecord {
  destination: number;
  service: ServiceKeyRecord;
}

export const CALLER_SIZE = 24;

export function readCallerRecord(view: DataView, at = 0): CallerRecord {
  return {
    destination: view.getUint32(at + 0, LITTLE_ENDIAN),
    service: readServiceKeyRecord(view, at + 4),
  };
}

export function writeCallerRecord(view: DataView, record: CallerRecord, at = 0): void {
  view.setUint32(at + 0, record.destination, LITTLE_ENDIAN);
  writeServiceKeyRecord(view, record.service, at + 4);
}

/** struct weir_service; addresses and ports are host numbers here, in network order in memory. */

export interface ServiceRecord {
  id: number;
  slots: number;
  count: number;
  table: number;
  scheduler: number;
  schedulerFlags: number;
  flags: number;
  epoch: number;
  position: number;
  currentWeight: number;
  maxWeight: number;
  step: number;
  added: number;
  persistence: number;
  netmask: readonly number[];
  incarnation: number;
  started: bigint;
}

export const SERVICE_SIZE = 80;

export function readServiceRecord(view: DataView, at = 0): ServiceRecord {
  return {
    id: view.getUint32(at + 0, LITTLE_ENDIAN),
    slots: view.getUint32(at + 4, LITTLE_ENDIAN),
    count: view.getUint32(at + 8, LITTLE_ENDIAN),
    table: view.getUint32(at + 12, LITTLE_ENDIAN),
    scheduler: view.getUint16(at + 16, LITTLE_ENDIAN),
    schedulerFlags: view.getUint16(at + 18, LITTLE_ENDIAN),
    flags: view.getUint16(at + 20, LITTLE_ENDIAN),
    epoch: view.getUint16(at + 22, LITTLE_ENDIAN),
    position: view.getUint16(at + 24, LITTLE_ENDIAN),
    currentWeight: view.getInt32(at + 28, LITTLE_ENDIAN),
    maxWeight: view.getInt32(at + 32, LITTLE_ENDIAN),
    step: view.getInt32(at + 36, LITTLE_ENDIAN),
    added: view.getUint32(at + 40, LITTLE_ENDIAN),
    persistence: view.getUint32(at + 44, LITTLE_ENDIAN),
    netmask: [view.getUint32(at + 48, false), view.getUint32(at + 52, false), view.getUint32(at + 56, false), view.getUint32(at + 60, false)],
    incarnation: view.getUint32(at + 64, LITTLE_ENDIAN),
    started: view.getBigUint64(at + 72, LITTLE_ENDIAN),
  };
}

export function writeServiceRecord(view: DataView, record: ServiceRecord, at = 0): void {
  view.setUint32(at + 0, record.id, LITTLE_ENDIAN);
  view.setUint32(at + 4, record.slots, LITTLE_ENDIAN);
  view.setUint32(at + 8, record.count, LITTLE_ENDIAN);
  view.setUint32(at + 12, record.table, LITTLE_ENDIAN);
  view.setUint16(at + 16, record.scheduler, LITTLE_ENDIAN);
  view.setUint16(at + 18, record.schedulerFlags, LITTLE_ENDIAN);
  view.setUint16(at + 20, record.flags, LITTLE_ENDIAN);
  view.setUint16(at + 22, record.epoch, LITTLE_ENDIAN);
  view.setUint16(at + 24, record.position, LITTLE_ENDIAN);
  view.setInt32(at + 28, record.currentWeight, LITTLE_ENDIAN);
  view.setInt32(at + 32, record.maxWeight, LITTLE_ENDIAN);
  view.setInt32(at + 36, record.step, LITTLE_ENDIAN);
  view.setUint32(at + 40, record.added, LITTLE_ENDIAN);
  view.setUint32(at + 44, record.persistence, LITTLE_ENDIAN);
  for (let i = 0; i < 4; i++) view.setUint32(at + 48 + i * 4, record.netmask[i] ?? 0, false);
  view.setUint32(at + 64, record.incarnation, LITTLE_ENDIAN);
  view.setBigUint64(at + 72, record.started, LITTLE_ENDIAN);
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
  address: readonly number[];
  source: readonly number[];
  port: number;
  tunnelPort: number;
  family: number;
  method: number;
  flags: number;
  tunnel: number;
  tunnelChecksum: number;
  weight: number;
  lastWeight: number;
  upperThreshold: number;
  lowerThreshold: number;
  service: number;
  generation: number;
  cell: number;
}

export const DESTINATION_SIZE = 72;

export function readDestinationRecord(view: DataView, at = 0): DestinationRecord {
  return {
    address: [view.getUint32(at + 0, false), view.getUint32(at + 4, false), view.getUint32(at + 8, false), view.getUint32(at + 12, false)],
    source: [view.getUint32(at + 16, false), view.getUint32(at + 20, false), view.getUint32(at + 24, false), view.getUint32(at + 28, false)],
    port: view.getUint16(at + 32, false),
    tunnelPort: view.getUint16(at + 34, false),
    family: view.getUint8(at + 36),
    method: view.getUint8(at + 37),
    flags: view.getUint8(at + 38),
    tunnel: view.getUint8(at + 39),
    tunnelChecksum: view.getUint8(at + 40),
    weight: view.getInt32(at + 44, LITTLE_ENDIAN),
    lastWeight: view.getInt32(at + 48, LITTLE_ENDIAN),
    upperThreshold: view.getUint32(at + 52, LITTLE_ENDIAN),
    lowerThreshold: view.getUint32(at + 56, LITTLE_ENDIAN),
    service: view.getUint32(at + 60, LITTLE_ENDIAN),
    generation: view.getUint32(at + 64, LITTLE_ENDIAN),
    cell: view.getUint32(at + 68, LITTLE_ENDIAN),
  };
}

export function writeDestinationRecord(view: DataView, record: DestinationRecord, at = 0): void {
  for (let i = 0; i < 4; i++) view.setUint32(at + 0 + i * 4, record.address[i] ?? 0, false);
  for (let i = 0; i < 4; i++) view.setUint32(at + 16 + i * 4, record.source[i] ?? 0, false);
  view.setUint16(at + 32, record.port, false);
  view.setUint16(at + 34, record.tunnelPort, false);
  view.setUint8(at + 36, record.family);
  view.setUint8(at + 37, record.method);
  view.setUint8(at + 38, record.flags);
  view.setUint8(at + 39, record.tunnel);
  view.setUint8(at + 40, record.tunnelChecksum);
  view.setInt32(at + 44, record.weight, LITTLE_ENDIAN);
  view.setInt32(at + 48, record.lastWeight, LITTLE_ENDIAN);
  view.setUint32(at + 52, record.upperThreshold, LITTLE_ENDIAN);
  view.setUint32(at + 56, record.lowerThreshold, LITTLE_ENDIAN);
  view.setUint32(at + 60, record.service, LITTLE_ENDIAN);
  view.setUint32(at + 64, record.generation, LITTLE_ENDIAN);
  view.setUint32(at + 68, record.cell, LITTLE_ENDIAN);
}

/** struct weir_load; addresses and ports are host numbers here, in network order in memory. */

export interface LoadRecord {
  active: number;
  inactive: number;
  persistent: number;
  overloaded: number;
  requestChecked: number;
  replyChecked: number;
  pathMtu: number;
  pathLearned: number;
  pathUsed: number;
}

export const LOAD_SIZE = 32;

export function readLoadRecord(view: DataView, at = 0): LoadRecord {
  return {
    active: view.getUint32(at + 0, LITTLE_ENDIAN),
    inactive: view.getUint32(at + 4, LITTLE_ENDIAN),
    persistent: view.getUint32(at + 8, LITTLE_ENDIAN),
    overloaded: view.getUint32(at + 12, LITTLE_ENDIAN),
    requestChecked: view.getUint16(at + 16, LITTLE_ENDIAN),
    replyChecked: view.getUint16(at + 18, LITTLE_ENDIAN),
    pathMtu: view.getUint32(at + 20, LITTLE_ENDIAN),
    pathLearned: view.getUint32(at + 24, LITTLE_ENDIAN),
    pathUsed: view.getUint32(at + 28, LITTLE_ENDIAN),
  };
}

export function writeLoadRecord(view: DataView, record: LoadRecord, at = 0): void {
  view.setUint32(at + 0, record.active, LITTLE_ENDIAN);
  view.setUint32(at + 4, record.inactive, LITTLE_ENDIAN);
  view.setUint32(at + 8, record.persistent, LITTLE_ENDIAN);
  view.setUint32(at + 12, record.overloaded, LITTLE_ENDIAN);
  view.setUint16(at + 16, record.requestChecked, LITTLE_ENDIAN);
  view.setUint16(at + 18, record.replyChecked, LITTLE_ENDIAN);
  view.setUint32(at + 20, record.pathMtu, LITTLE_ENDIAN);
  view.setUint32(at + 24, record.pathLearned, LITTLE_ENDIAN);
  view.setUint32(at + 28, record.pathUsed, LITTLE_ENDIAN);
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
  timeouts: readonly number[];
  services4: number;
  services6: number;
  shards4: number;
  shards6: number;
  noXdpTx: number;
  version: number;
  added: number;
  marks: number;
  backupOnly: number;
  runEstimation: number;
  amDroprate: number;
  cacheBypass: number;
  connReuseMode: number;
  dropEntry: number;
  dropPacket: number;
  expireNodestConn: number;
  expireQuiescentTemplate: number;
  lblcExpiration: number;
  lblcrExpiration: number;
  natIcmpSend: number;
  pmtuDisc: number;
  scheduleIcmp: number;
  secureTcp: number;
  sloppySctp: number;
  sloppyTcp: number;
  icmpInterval4: number;
  icmpInterval6: number;
  taiAhead: number;
  observed: number;
  observeEvery: number;
  sources4: SourceListRecord;
  sources6: SourceListRecord;
  calls: number;
  callers: number;
  origins: number;
  generations: number;
  chance: bigint;
}

export const SETTINGS_SIZE = 312;

export function readSettingsRecord(view: DataView, at = 0): SettingsRecord {
  return {
    clockAhead: view.getBigUint64(at + 0, LITTLE_ENDIAN),
    timeouts: Array.from({ length: 32 }, (_, i) => view.getUint32(at + 8 + i * 4, LITTLE_ENDIAN)),
    services4: view.getUint32(at + 136, LITTLE_ENDIAN),
    services6: view.getUint32(at + 140, LITTLE_ENDIAN),
    shards4: view.getUint32(at + 144, LITTLE_ENDIAN),
    shards6: view.getUint32(at + 148, LITTLE_ENDIAN),
    noXdpTx: view.getUint32(at + 152, LITTLE_ENDIAN),
    version: view.getUint32(at + 156, LITTLE_ENDIAN),
    added: view.getUint32(at + 160, LITTLE_ENDIAN),
    marks: view.getUint32(at + 164, LITTLE_ENDIAN),
    backupOnly: view.getUint32(at + 168, LITTLE_ENDIAN),
    runEstimation: view.getUint32(at + 172, LITTLE_ENDIAN),
    amDroprate: view.getUint32(at + 176, LITTLE_ENDIAN),
    cacheBypass: view.getUint32(at + 180, LITTLE_ENDIAN),
    connReuseMode: view.getUint32(at + 184, LITTLE_ENDIAN),
    dropEntry: view.getUint32(at + 188, LITTLE_ENDIAN),
    dropPacket: view.getUint32(at + 192, LITTLE_ENDIAN),
    expireNodestConn: view.getUint32(at + 196, LITTLE_ENDIAN),
    expireQuiescentTemplate: view.getUint32(at + 200, LITTLE_ENDIAN),
    lblcExpiration: view.getUint32(at + 204, LITTLE_ENDIAN),
    lblcrExpiration: view.getUint32(at + 208, LITTLE_ENDIAN),
    natIcmpSend: view.getUint32(at + 212, LITTLE_ENDIAN),
    pmtuDisc: view.getUint32(at + 216, LITTLE_ENDIAN),
    scheduleIcmp: view.getUint32(at + 220, LITTLE_ENDIAN),
    secureTcp: view.getUint32(at + 224, LITTLE_ENDIAN),
    sloppySctp: view.getUint32(at + 228, LITTLE_ENDIAN),
    sloppyTcp: view.getUint32(at + 232, LITTLE_ENDIAN),
    icmpInterval4: view.getUint32(at + 236, LITTLE_ENDIAN),
    icmpInterval6: view.getUint32(at + 240, LITTLE_ENDIAN),
    taiAhead: view.getUint32(at + 244, LITTLE_ENDIAN),
    observed: view.getUint32(at + 248, LITTLE_ENDIAN),
    observeEvery: view.getUint32(at + 252, LITTLE_ENDIAN),
    sources4: readSourceListRecord(view, at + 256),
    sources6: readSourceListRecord(view, at + 272),
    calls: view.getUint32(at + 288, LITTLE_ENDIAN),
    callers: view.getUint32(at + 292, LITTLE_ENDIAN),
    origins: view.getUint32(at + 296, LITTLE_ENDIAN),
    generations: view.getUint32(at + 300, LITTLE_ENDIAN),
    chance: view.getBigUint64(at + 304, LITTLE_ENDIAN),
  };
}

export function writeSettingsRecord(view: DataView, record: SettingsRecord, at = 0): void {
  view.setBigUint64(at + 0, record.clockAhead, LITTLE_ENDIAN);
  for (let i = 0; i < 32; i++) view.setUint32(at + 8 + i * 4, record.timeouts[i] ?? 0, LITTLE_ENDIAN);
  view.setUint32(at + 136, record.services4, LITTLE_ENDIAN);
  view.setUint32(at + 140, record.services6, LITTLE_ENDIAN);
  view.setUint32(at + 144, record.shards4, LITTLE_ENDIAN);
  view.setUint32(at + 148, record.shards6, LITTLE_ENDIAN);
  view.setUint32(at + 152, record.noXdpTx, LITTLE_ENDIAN);
  view.setUint32(at + 156, record.version, LITTLE_ENDIAN);
  view.setUint32(at + 160, record.added, LITTLE_ENDIAN);
  view.setUint32(at + 164, record.marks, LITTLE_ENDIAN);
  view.setUint32(at + 168, record.backupOnly, LITTLE_ENDIAN);
  view.setUint32(at + 172, record.runEstimation, LITTLE_ENDIAN);
  view.setUint32(at + 176, record.amDroprate, LITTLE_ENDIAN);
  view.setUint32(at + 180, record.cacheBypass, LITTLE_ENDIAN);
  view.setUint32(at + 184, record.connReuseMode, LITTLE_ENDIAN);
  view.setUint32(at + 188, record.dropEntry, LITTLE_ENDIAN);
  view.setUint32(at + 192, record.dropPacket, LITTLE_ENDIAN);
  view.setUint32(at + 196, record.expireNodestConn, LITTLE_ENDIAN);
  view.setUint32(at + 200, record.expireQuiescentTemplate, LITTLE_ENDIAN);
  view.setUint32(at + 204, record.lblcExpiration, LITTLE_ENDIAN);
  view.setUint32(at + 208, record.lblcrExpiration, LITTLE_ENDIAN);
  view.setUint32(at + 212, record.natIcmpSend, LITTLE_ENDIAN);
  view.setUint32(at + 216, record.pmtuDisc, LITTLE_ENDIAN);
  view.setUint32(at + 220, record.scheduleIcmp, LITTLE_ENDIAN);
  view.setUint32(at + 224, record.secureTcp, LITTLE_ENDIAN);
  view.setUint32(at + 228, record.sloppySctp, LITTLE_ENDIAN);
  view.setUint32(at + 232, record.sloppyTcp, LITTLE_ENDIAN);
  view.setUint32(at + 236, record.icmpInterval4, LITTLE_ENDIAN);
  view.setUint32(at + 240, record.icmpInterval6, LITTLE_ENDIAN);
  view.setUint32(at + 244, record.taiAhead, LITTLE_ENDIAN);
  view.setUint32(at + 248, record.observed, LITTLE_ENDIAN);
  view.setUint32(at + 252, record.observeEvery, LITTLE_ENDIAN);
  writeSourceListRecord(view, record.sources4, at + 256);
  writeSourceListRecord(view, record.sources6, at + 272);
  view.setUint32(at + 288, record.calls, LITTLE_ENDIAN);
  view.setUint32(at + 292, record.callers, LITTLE_ENDIAN);
  view.setUint32(at + 296, record.origins, LITTLE_ENDIAN);
  view.setUint32(at + 300, record.generations, LITTLE_ENDIAN);
  view.setBigUint64(at + 304, record.chance, LITTLE_ENDIAN);
}

/** struct weir_source_list; addresses and ports are host numbers here, in network order in memory. */

export interface SourceListRecord {
  first: number;
  count: number;
  ports: number;
  partners: number;
}

export const SOURCE_LIST_SIZE = 16;

export function readSourceListRecord(view: DataView, at = 0): SourceListRecord {
  return {
    first: view.getUint32(at + 0, LITTLE_ENDIAN),
    count: view.getUint32(at + 4, LITTLE_ENDIAN),
    ports: view.getUint32(at + 8, LITTLE_ENDIAN),
    partners: view.getUint32(at + 12, LITTLE_ENDIAN),
  };
}

export function writeSourceListRecord(view: DataView, record: SourceListRecord, at = 0): void {
  view.setUint32(at + 0, record.first, LITTLE_ENDIAN);
  view.setUint32(at + 4, record.count, LITTLE_ENDIAN);
  view.setUint32(at + 8, record.ports, LITTLE_ENDIAN);
  view.setUint32(at + 12, record.partners, LITTLE_ENDIAN);
}

/** struct weir_interest; addresses and ports are host numbers here, in network order in memory. */

export interface InterestRecord {
  addresses: readonly number[];
  endpoints: readonly number[];
}

export const INTEREST_SIZE = 16384;

export function readInterestRecord(view: DataView, at = 0): InterestRecord {
  return {
    addresses: Array.from({ length: 2048 }, (_, i) => view.getUint32(at + 0 + i * 4, LITTLE_ENDIAN)),
    endpoints: Array.from({ length: 2048 }, (_, i) => view.getUint32(at + 8192 + i * 4, LITTLE_ENDIAN)),
  };
}

export function writeInterestRecord(view: DataView, record: InterestRecord, at = 0): void {
  for (let i = 0; i < 2048; i++) view.setUint32(at + 0 + i * 4, record.addresses[i] ?? 0, LITTLE_ENDIAN);
  for (let i = 0; i < 2048; i++) view.setUint32(at + 8192 + i * 4, record.endpoints[i] ?? 0, LITTLE_ENDIAN);
}

/** struct weir_interface; addresses and ports are host numbers here, in network order in memory. */

export interface InterfaceRecord {
  index: number;
  mac: readonly number[];
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

/** struct weir_tap; addresses and ports are host numbers here, in network order in memory. */

export interface TapRecord {
  time: bigint;
  interface: number;
  length: number;
}

export const TAP_SIZE = 16;

export function readTapRecord(view: DataView, at = 0): TapRecord {
  return {
    time: view.getBigUint64(at + 0, LITTLE_ENDIAN),
    interface: view.getUint32(at + 8, LITTLE_ENDIAN),
    length: view.getUint32(at + 12, LITTLE_ENDIAN),
  };
}

export function writeTapRecord(view: DataView, record: TapRecord, at = 0): void {
  view.setBigUint64(at + 0, record.time, LITTLE_ENDIAN);
  view.setUint32(at + 8, record.interface, LITTLE_ENDIAN);
  view.setUint32(at + 12, record.length, LITTLE_ENDIAN);
}

/** struct weir_event; addresses and ports are host numbers here, in network order in memory. */

export interface EventRecord {
  time: bigint;
  client: readonly number[];
  virtualAddress: readonly number[];
  server: readonly number[];
  source: readonly number[];
  clientPort: number;
  virtualPort: number;
  serverPort: number;
  sourcePort: number;
  every: number;
  length: number;
  reason: number;
  kind: number;
  flags: number;
  state: number;
  protocol: number;
  family: number;
  serverFamily: number;
}

export const EVENT_SIZE = 96;

export function readEventRecord(view: DataView, at = 0): EventRecord {
  return {
    time: view.getBigUint64(at + 0, LITTLE_ENDIAN),
    client: [view.getUint32(at + 8, false), view.getUint32(at + 12, false), view.getUint32(at + 16, false), view.getUint32(at + 20, false)],
    virtualAddress: [view.getUint32(at + 24, false), view.getUint32(at + 28, false), view.getUint32(at + 32, false), view.getUint32(at + 36, false)],
    server: [view.getUint32(at + 40, false), view.getUint32(at + 44, false), view.getUint32(at + 48, false), view.getUint32(at + 52, false)],
    source: [view.getUint32(at + 56, false), view.getUint32(at + 60, false), view.getUint32(at + 64, false), view.getUint32(at + 68, false)],
    clientPort: view.getUint16(at + 72, false),
    virtualPort: view.getUint16(at + 74, false),
    serverPort: view.getUint16(at + 76, false),
    sourcePort: view.getUint16(at + 78, false),
    every: view.getUint32(at + 80, LITTLE_ENDIAN),
    length: view.getUint32(at + 84, LITTLE_ENDIAN),
    reason: view.getUint16(at + 88, LITTLE_ENDIAN),
    kind: view.getUint8(at + 90),
    flags: view.getUint8(at + 91),
    state: view.getUint8(at + 92),
    protocol: view.getUint8(at + 93),
    family: view.getUint8(at + 94),
    serverFamily: view.getUint8(at + 95),
  };
}

export function writeEventRecord(view: DataView, record: EventRecord, at = 0): void {
  view.setBigUint64(at + 0, record.time, LITTLE_ENDIAN);
  for (let i = 0; i < 4; i++) view.setUint32(at + 8 + i * 4, record.client[i] ?? 0, false);
  for (let i = 0; i < 4; i++) view.setUint32(at + 24 + i * 4, record.virtualAddress[i] ?? 0, false);
  for (let i = 0; i < 4; i++) view.setUint32(at + 40 + i * 4, record.server[i] ?? 0, false);
  for (let i = 0; i < 4; i++) view.setUint32(at + 56 + i * 4, record.source[i] ?? 0, false);
  view.setUint16(at + 72, record.clientPort, false);
  view.setUint16(at + 74, record.virtualPort, false);
  view.setUint16(at + 76, record.serverPort, false);
  view.setUint16(at + 78, record.sourcePort, false);
  view.setUint32(at + 80, record.every, LITTLE_ENDIAN);
  view.setUint32(at + 84, record.length, LITTLE_ENDIAN);
  view.setUint16(at + 88, record.reason, LITTLE_ENDIAN);
  view.setUint8(at + 90, record.kind);
  view.setUint8(at + 91, record.flags);
  view.setUint8(at + 92, record.state);
  view.setUint8(at + 93, record.protocol);
  view.setUint8(at + 94, record.family);
  view.setUint8(at + 95, record.serverFamily);
}

/** struct weir_teller; addresses and ports are host numbers here, in network order in memory. */

export interface TellerRecord {
  lost: bigint;
  tick: number;
  told: number;
  turns: readonly number[];
}

export const TELLER_SIZE = 32;

export function readTellerRecord(view: DataView, at = 0): TellerRecord {
  return {
    lost: view.getBigUint64(at + 0, LITTLE_ENDIAN),
    tick: view.getUint32(at + 8, LITTLE_ENDIAN),
    told: view.getUint32(at + 12, LITTLE_ENDIAN),
    turns: [view.getUint32(at + 16, LITTLE_ENDIAN), view.getUint32(at + 20, LITTLE_ENDIAN), view.getUint32(at + 24, LITTLE_ENDIAN), view.getUint32(at + 28, LITTLE_ENDIAN)],
  };
}

export function writeTellerRecord(view: DataView, record: TellerRecord, at = 0): void {
  view.setBigUint64(at + 0, record.lost, LITTLE_ENDIAN);
  view.setUint32(at + 8, record.tick, LITTLE_ENDIAN);
  view.setUint32(at + 12, record.told, LITTLE_ENDIAN);
  for (let i = 0; i < 4; i++) view.setUint32(at + 16 + i * 4, record.turns[i] ?? 0, LITTLE_ENDIAN);
}

/** struct weir_signals; addresses and ports are host numbers here, in network order in memory. */

export interface SignalsRecord {
  attempts: bigint;
  completed: bigint;
  retransmissions: bigint;
  answered: bigint;
  refused: bigint;
  reset: bigint;
  waiting: bigint;
  answerTime: bigint;
  answerTimes: readonly number[];
  icmp: readonly number[];
  requests: bigint;
  replied: bigint;
}

export const SIGNALS_SIZE = 176;

export function readSignalsRecord(view: DataView, at = 0): SignalsRecord {
  return {
    attempts: view.getBigUint64(at + 0, LITTLE_ENDIAN),
    completed: view.getBigUint64(at + 8, LITTLE_ENDIAN),
    retransmissions: view.getBigUint64(at + 16, LITTLE_ENDIAN),
    answered: view.getBigUint64(at + 24, LITTLE_ENDIAN),
    refused: view.getBigUint64(at + 32, LITTLE_ENDIAN),
    reset: view.getBigUint64(at + 40, LITTLE_ENDIAN),
    waiting: view.getBigUint64(at + 48, LITTLE_ENDIAN),
    answerTime: view.getBigUint64(at + 56, LITTLE_ENDIAN),
    answerTimes: Array.from({ length: 16 }, (_, i) => view.getUint32(at + 64 + i * 4, LITTLE_ENDIAN)),
    icmp: Array.from({ length: 8 }, (_, i) => view.getUint32(at + 128 + i * 4, LITTLE_ENDIAN)),
    requests: view.getBigUint64(at + 160, LITTLE_ENDIAN),
    replied: view.getBigUint64(at + 168, LITTLE_ENDIAN),
  };
}

export function writeSignalsRecord(view: DataView, record: SignalsRecord, at = 0): void {
  view.setBigUint64(at + 0, record.attempts, LITTLE_ENDIAN);
  view.setBigUint64(at + 8, record.completed, LITTLE_ENDIAN);
  view.setBigUint64(at + 16, record.retransmissions, LITTLE_ENDIAN);
  view.setBigUint64(at + 24, record.answered, LITTLE_ENDIAN);
  view.setBigUint64(at + 32, record.refused, LITTLE_ENDIAN);
  view.setBigUint64(at + 40, record.reset, LITTLE_ENDIAN);
  view.setBigUint64(at + 48, record.waiting, LITTLE_ENDIAN);
  view.setBigUint64(at + 56, record.answerTime, LITTLE_ENDIAN);
  for (let i = 0; i < 16; i++) view.setUint32(at + 64 + i * 4, record.answerTimes[i] ?? 0, LITTLE_ENDIAN);
  for (let i = 0; i < 8; i++) view.setUint32(at + 128 + i * 4, record.icmp[i] ?? 0, LITTLE_ENDIAN);
  view.setBigUint64(at + 160, record.requests, LITTLE_ENDIAN);
  view.setBigUint64(at + 168, record.replied, LITTLE_ENDIAN);
}

/** struct weir_sweep; addresses and ports are host numbers here, in network order in memory. */

export interface SweepRecord {
  shard: number;
  defend: number;
  now: number;
  requests: number;
  replies: number;
  expired: number;
  orphans: number;
  low: bigint;
  high: bigint;
}

export const SWEEP_SIZE = 48;

export function readSweepRecord(view: DataView, at = 0): SweepRecord {
  return {
    shard: view.getUint32(at + 0, LITTLE_ENDIAN),
    defend: view.getUint32(at + 4, LITTLE_ENDIAN),
    now: view.getUint32(at + 8, LITTLE_ENDIAN),
    requests: view.getUint32(at + 12, LITTLE_ENDIAN),
    replies: view.getUint32(at + 16, LITTLE_ENDIAN),
    expired: view.getUint32(at + 20, LITTLE_ENDIAN),
    orphans: view.getUint32(at + 24, LITTLE_ENDIAN),
    low: view.getBigUint64(at + 32, LITTLE_ENDIAN),
    high: view.getBigUint64(at + 40, LITTLE_ENDIAN),
  };
}

export function writeSweepRecord(view: DataView, record: SweepRecord, at = 0): void {
  view.setUint32(at + 0, record.shard, LITTLE_ENDIAN);
  view.setUint32(at + 4, record.defend, LITTLE_ENDIAN);
  view.setUint32(at + 8, record.now, LITTLE_ENDIAN);
  view.setUint32(at + 12, record.requests, LITTLE_ENDIAN);
  view.setUint32(at + 16, record.replies, LITTLE_ENDIAN);
  view.setUint32(at + 20, record.expired, LITTLE_ENDIAN);
  view.setUint32(at + 24, record.orphans, LITTLE_ENDIAN);
  view.setBigUint64(at + 32, record.low, LITTLE_ENDIAN);
  view.setBigUint64(at + 40, record.high, LITTLE_ENDIAN);
}

/** struct weir_mend; addresses and ports are host numbers here, in network order in memory. */

export interface MendRecord {
  destination: number;
  active: number;
  inactive: number;
  persistent: number;
}

export const MEND_SIZE = 16;

export function readMendRecord(view: DataView, at = 0): MendRecord {
  return {
    destination: view.getUint32(at + 0, LITTLE_ENDIAN),
    active: view.getInt32(at + 4, LITTLE_ENDIAN),
    inactive: view.getInt32(at + 8, LITTLE_ENDIAN),
    persistent: view.getInt32(at + 12, LITTLE_ENDIAN),
  };
}

export function writeMendRecord(view: DataView, record: MendRecord, at = 0): void {
  view.setUint32(at + 0, record.destination, LITTLE_ENDIAN);
  view.setInt32(at + 4, record.active, LITTLE_ENDIAN);
  view.setInt32(at + 8, record.inactive, LITTLE_ENDIAN);
  view.setInt32(at + 12, record.persistent, LITTLE_ENDIAN);
}

/** struct weir_step; addresses and ports are host numbers here, in network order in memory. */

export interface StepRecord {
  kind: number;
  protocol: number;
  family: number;
  index: number;
  value: number;
  other: number;
  client: readonly number[];
  virtualAddress: readonly number[];
  server: readonly number[];
  source: readonly number[];
  clientPort: number;
  virtualPort: number;
  serverPort: number;
  sourcePort: number;
  method: number;
  serverFamily: number;
  padding: readonly number[];
}

export const STEP_SIZE = 92;

export function readStepRecord(view: DataView, at = 0): StepRecord {
  return {
    kind: view.getUint8(at + 0),
    protocol: view.getUint8(at + 1),
    family: view.getUint8(at + 2),
    index: view.getUint32(at + 4, LITTLE_ENDIAN),
    value: view.getUint32(at + 8, LITTLE_ENDIAN),
    other: view.getUint32(at + 12, LITTLE_ENDIAN),
    client: [view.getUint32(at + 16, false), view.getUint32(at + 20, false), view.getUint32(at + 24, false), view.getUint32(at + 28, false)],
    virtualAddress: [view.getUint32(at + 32, false), view.getUint32(at + 36, false), view.getUint32(at + 40, false), view.getUint32(at + 44, false)],
    server: [view.getUint32(at + 48, false), view.getUint32(at + 52, false), view.getUint32(at + 56, false), view.getUint32(at + 60, false)],
    source: [view.getUint32(at + 64, false), view.getUint32(at + 68, false), view.getUint32(at + 72, false), view.getUint32(at + 76, false)],
    clientPort: view.getUint16(at + 80, false),
    virtualPort: view.getUint16(at + 82, false),
    serverPort: view.getUint16(at + 84, false),
    sourcePort: view.getUint16(at + 86, false),
    method: view.getUint8(at + 88),
    serverFamily: view.getUint8(at + 89),
    padding: [view.getUint8(at + 90), view.getUint8(at + 91)],
  };
}

export function writeStepRecord(view: DataView, record: StepRecord, at = 0): void {
  view.setUint8(at + 0, record.kind);
  view.setUint8(at + 1, record.protocol);
  view.setUint8(at + 2, record.family);
  view.setUint32(at + 4, record.index, LITTLE_ENDIAN);
  view.setUint32(at + 8, record.value, LITTLE_ENDIAN);
  view.setUint32(at + 12, record.other, LITTLE_ENDIAN);
  for (let i = 0; i < 4; i++) view.setUint32(at + 16 + i * 4, record.client[i] ?? 0, false);
  for (let i = 0; i < 4; i++) view.setUint32(at + 32 + i * 4, record.virtualAddress[i] ?? 0, false);
  for (let i = 0; i < 4; i++) view.setUint32(at + 48 + i * 4, record.server[i] ?? 0, false);
  for (let i = 0; i < 4; i++) view.setUint32(at + 64 + i * 4, record.source[i] ?? 0, false);
  view.setUint16(at + 80, record.clientPort, false);
  view.setUint16(at + 82, record.virtualPort, false);
  view.setUint16(at + 84, record.serverPort, false);
  view.setUint16(at + 86, record.sourcePort, false);
  view.setUint8(at + 88, record.method);
  view.setUint8(at + 89, record.serverFamily);
  for (let i = 0; i < 2; i++) view.setUint8(at + 90 + i * 1, record.padding[i] ?? 0);
}

/** struct weir_explanation; addresses and ports are host numbers here, in network order in memory. */

export interface ExplanationRecord {
  reason: number;
  count: number;
  pieces: number;
  known: number;
  made: number;
  ended: number;
  endedDestination: number;
  endedActive: number;
  serial: number;
  template: TemplateRecord;
  steps: readonly StepRecord[];
}

export const EXPLANATION_SIZE = 2300;

export function readExplanationRecord(view: DataView, at = 0): ExplanationRecord {
  return {
    reason: view.getUint32(at + 0, LITTLE_ENDIAN),
    count: view.getUint32(at + 4, LITTLE_ENDIAN),
    pieces: view.getUint32(at + 8, LITTLE_ENDIAN),
    known: view.getUint32(at + 12, LITTLE_ENDIAN),
    made: view.getUint32(at + 16, LITTLE_ENDIAN),
    ended: view.getUint32(at + 20, LITTLE_ENDIAN),
    endedDestination: view.getUint32(at + 24, LITTLE_ENDIAN),
    endedActive: view.getUint32(at + 28, LITTLE_ENDIAN),
    serial: view.getUint32(at + 32, LITTLE_ENDIAN),
    template: readTemplateRecord(view, at + 36),
    steps: Array.from({ length: 24 }, (_, i) => readStepRecord(view, at + 92 + i * 92)),
  };
}

export function writeExplanationRecord(view: DataView, record: ExplanationRecord, at = 0): void {
  view.setUint32(at + 0, record.reason, LITTLE_ENDIAN);
  view.setUint32(at + 4, record.count, LITTLE_ENDIAN);
  view.setUint32(at + 8, record.pieces, LITTLE_ENDIAN);
  view.setUint32(at + 12, record.known, LITTLE_ENDIAN);
  view.setUint32(at + 16, record.made, LITTLE_ENDIAN);
  view.setUint32(at + 20, record.ended, LITTLE_ENDIAN);
  view.setUint32(at + 24, record.endedDestination, LITTLE_ENDIAN);
  view.setUint32(at + 28, record.endedActive, LITTLE_ENDIAN);
  view.setUint32(at + 32, record.serial, LITTLE_ENDIAN);
  writeTemplateRecord(view, record.template, at + 36);
  for (let i = 0; i < 24; i++) writeStepRecord(view, record.steps[i]!, at + 92 + i * 92);
}

/** struct weir_page; addresses and ports are host numbers here, in network order in memory. */

export interface PageRecord {
  places: readonly number[];
}

export const PAGE_SIZE = 512;

export function readPageRecord(view: DataView, at = 0): PageRecord {
  return {
    places: Array.from({ length: 256 }, (_, i) => view.getUint16(at + 0 + i * 2, LITTLE_ENDIAN)),
  };
}

export function writePageRecord(view: DataView, record: PageRecord, at = 0): void {
  for (let i = 0; i < 256; i++) view.setUint16(at + 0 + i * 2, record.places[i] ?? 0, LITTLE_ENDIAN);
}

/** struct weir_cell; addresses and ports are host numbers here, in network order in memory. */

export interface CellRecord {
  changes: number;
  best: bigint;
}

export const CELL_SIZE = 16;

export function readCellRecord(view: DataView, at = 0): CellRecord {
  return {
    changes: view.getUint32(at + 0, LITTLE_ENDIAN),
    best: view.getBigUint64(at + 8, LITTLE_ENDIAN),
  };
}

export function writeCellRecord(view: DataView, record: CellRecord, at = 0): void {
  view.setUint32(at + 0, record.changes, LITTLE_ENDIAN);
  view.setBigUint64(at + 8, record.best, LITTLE_ENDIAN);
}

/** struct weir_locality_key; addresses and ports are host numbers here, in network order in memory. */

export interface LocalityKeyRecord {
  address: readonly number[];
  service: number;
  incarnation: number;
}

export const LOCALITY_KEY_SIZE = 24;

export function readLocalityKeyRecord(view: DataView, at = 0): LocalityKeyRecord {
  return {
    address: [view.getUint32(at + 0, false), view.getUint32(at + 4, false), view.getUint32(at + 8, false), view.getUint32(at + 12, false)],
    service: view.getUint32(at + 16, LITTLE_ENDIAN),
    incarnation: view.getUint32(at + 20, LITTLE_ENDIAN),
  };
}

export function writeLocalityKeyRecord(view: DataView, record: LocalityKeyRecord, at = 0): void {
  for (let i = 0; i < 4; i++) view.setUint32(at + 0 + i * 4, record.address[i] ?? 0, false);
  view.setUint32(at + 16, record.service, LITTLE_ENDIAN);
  view.setUint32(at + 20, record.incarnation, LITTLE_ENDIAN);
}

/** struct weir_locality; addresses and ports are host numbers here, in network order in memory. */

export interface LocalityRecord {
  used: bigint;
  changed: bigint;
  count: number;
  members: readonly bigint[];
}

export const LOCALITY_SIZE = 264;

export function readLocalityRecord(view: DataView, at = 0): LocalityRecord {
  return {
    used: view.getBigUint64(at + 0, LITTLE_ENDIAN),
    changed: view.getBigUint64(at + 8, LITTLE_ENDIAN),
    count: view.getUint32(at + 16, LITTLE_ENDIAN),
    members: Array.from({ length: 30 }, (_, i) => view.getBigUint64(at + 24 + i * 8, LITTLE_ENDIAN)),
  };
}

export function writeLocalityRecord(view: DataView, record: LocalityRecord, at = 0): void {
  view.setBigUint64(at + 0, record.used, LITTLE_ENDIAN);
  view.setBigUint64(at + 8, record.changed, LITTLE_ENDIAN);
  view.setUint32(at + 16, record.count, LITTLE_ENDIAN);
  for (let i = 0; i < 30; i++) view.setBigUint64(at + 24 + i * 8, record.members[i] ?? 0n, LITTLE_ENDIAN);
}

/** struct weir_choice; addresses and ports are host numbers here, in network order in memory. */

export interface ChoiceRecord {
  address: readonly number[];
  port: number;
  protocol: number;
  family: number;
  source: readonly number[];
  target: readonly number[];
  sourcePort: number;
  times: number;
  index: number;
  chosen: number;
  elapsed: bigint;
}

export const CHOICE_SIZE = 80;

export function readChoiceRecord(view: DataView, at = 0): ChoiceRecord {
  return {
    address: [view.getUint32(at + 0, false), view.getUint32(at + 4, false), view.getUint32(at + 8, false), view.getUint32(at + 12, false)],
    port: view.getUint16(at + 16, false),
    protocol: view.getUint8(at + 18),
    family: view.getUint8(at + 19),
    source: [view.getUint32(at + 20, false), view.getUint32(at + 24, false), view.getUint32(at + 28, false), view.getUint32(at + 32, false)],
    target: [view.getUint32(at + 36, false), view.getUint32(at + 40, false), view.getUint32(at + 44, false), view.getUint32(at + 48, false)],
    sourcePort: view.getUint16(at + 52, false),
    times: view.getUint32(at + 56, LITTLE_ENDIAN),
    index: view.getUint32(at + 60, LITTLE_ENDIAN),
    chosen: view.getUint32(at + 64, LITTLE_ENDIAN),
    elapsed: view.getBigUint64(at + 72, LITTLE_ENDIAN),
  };
}

export function writeChoiceRecord(view: DataView, record: ChoiceRecord, at = 0): void {
  for (let i = 0; i < 4; i++) view.setUint32(at + 0 + i * 4, record.address[i] ?? 0, false);
  view.setUint16(at + 16, record.port, false);
  view.setUint8(at + 18, record.protocol);
  view.setUint8(at + 19, record.family);
  for (let i = 0; i < 4; i++) view.setUint32(at + 20 + i * 4, record.source[i] ?? 0, false);
  for (let i = 0; i < 4; i++) view.setUint32(at + 36 + i * 4, record.target[i] ?? 0, false);
  view.setUint16(at + 52, record.sourcePort, false);
  view.setUint32(at + 56, record.times, LITTLE_ENDIAN);
  view.setUint32(at + 60, record.index, LITTLE_ENDIAN);
  view.setUint32(at + 64, record.chosen, LITTLE_ENDIAN);
  view.setBigUint64(at + 72, record.elapsed, LITTLE_ENDIAN);
}

export const ABI = {
  VERSION: 13,
} as const;

export const SIZE = {
  PAGE_PLACES: 256,
  CHUNK_PAGES: 4096,
  CHUNKS: 128,
  CELL_SLOTS: 64,
  LOCALITY_MEMBERS: 30,
  TAP_BYTES: 9216,
  SOURCES: 256,
  SOURCE_LISTS: 4,
  CALL_ID: 255,
  CALLS: 65536,
} as const;

export const REASON = {
  NONE: 0,
  MASQUERADED: 1,
  REPLY_RESTORED: 2,
  ROUTED: 3,
  TUNNELLED: 4,
  ICMP_TO_SERVER: 5,
  ICMP_TO_CLIENT: 6,
  FULL_NAT: 7,
  STATELESS: 8,
  REPLY_SEEN: 9,
  BYPASSED: 10,
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
  LEFT_TO_TC: 42,
  LOCAL_SERVER: 43,
  ICMP_QUERY: 44,
  ICMP_UNRELATED: 45,
  OTHER_PORT_OF_FTP: 46,
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
  ICMP_CHECKSUM: 75,
  ICMP_CONSUMED: 76,
  FRAGMENT_HELD: 77,
  SOURCE_ROUTED: 78,
  TRUNCATED: 79,
  LOAD_SHED: 80,
  MARTIAN_SOURCE: 81,
  NO_PERSISTENCE_KEY: 82,
  NO_SOURCE_PORT: 83,
  STRAY_REPLY: 84,
  FRAGMENTS_FULL: 85,
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
  SCTP_NONE: 12,
  SCTP_INIT1: 13,
  SCTP_INIT: 14,
  SCTP_COOKIE_SENT: 15,
  SCTP_COOKIE_REPLIED: 16,
  SCTP_COOKIE_WAIT: 17,
  SCTP_COOKIE: 18,
  SCTP_COOKIE_ECHOED: 19,
  SCTP_ESTABLISHED: 20,
  SCTP_SHUTDOWN_SENT: 21,
  SCTP_SHUTDOWN_RECEIVED: 22,
  SCTP_SHUTDOWN_ACK_SENT: 23,
  SCTP_REJECTED: 24,
  SCTP_CLOSED: 25,
  STATES: 26,
  SLOTS: 32,
} as const;

export const SCHEDULER = {
  NONE: 0,
  RR: 1,
  WRR: 2,
  LC: 3,
  WLC: 4,
  LBLC: 5,
  LBLCR: 6,
  DH: 7,
  SH: 8,
  SED: 9,
  NQ: 10,
  FO: 11,
  OVF: 12,
  MH: 13,
  TWOS: 14,
  MAGLEV: 15,
  P2C: 16,
} as const;

export const SCHEDULER_FLAG = {
  1: 8,
  2: 16,
} as const;

export const METHOD = {
  MASQUERADE: 0,
  ROUTE: 1,
  TUNNEL: 2,
  BYPASS: 3,
  FULL_NAT: 4,
} as const;

export const ROLE = {
  REQUEST: 0,
  REPLY: 1,
} as const;

export const TUNNEL = {
  IPIP: 0,
  GUE: 1,
  GRE: 2,
} as const;

export const TUNNEL_CHECKSUM = {
  NONE: 0,
  FULL: 1,
  REMOTE: 2,
} as const;

export const CONNECTION_FLAG = {
  HEARD: 1,
  ASSURED: 2,
  ONE_PACKET: 4,
  STATELESS: 8,
  ANSWERED: 16,
  SINGLE: 32,
  OVERTAKEN: 64,
  OWN: 128,
} as const;

export const TEMPLATE_FLAG = {
  ASSURED: 1,
  HIDDEN: 2,
  CALL: 4,
} as const;

export const DESTINATION_FLAG = {
  AVAILABLE: 1,
  LOCAL: 2,
} as const;

export const SERVICE_FLAG = {
  ONE_PACKET: 1,
  SIP: 2,
} as const;

export const PROGRAM = {
  IPV6: 0,
  NEW: 1,
  NEW6: 2,
  TELL: 3,
  TELL6: 4,
  CUT: 5,
  CUT6: 6,
  ICMP: 7,
  ICMP6: 8,
  REASSEMBLE: 9,
  REASSEMBLE6: 10,
  AGAIN: 11,
  AGAIN6: 12,
  TUNNEL_ERROR: 15,
  OPTIONS: 16,
  OPTIONS6: 32,
  CALL: 21,
  CALL6: 22,
  IPV4: 23,
  OWN: 24,
  OWN6: 25,
  OUT: 26,
  OUT6: 27,
  BYPASS: 28,
  BYPASS6: 29,
  FOLLOW: 30,
  FOLLOW6: 31,
  SEAL: 13,
  SEAL6: 14,
  SOURCE: 17,
  SOURCE6: 18,
  FULL_NAT: 19,
  FULL_NAT6: 20,
  PROGRAMS: 48,
} as const;

export const STEP_KIND = {
  NONE: 0,
  REASSEMBLED: 1,
  SERVICE: 2,
  CONNECTION: 3,
  UNKNOWN: 4,
  EXPIRED: 5,
  TEMPLATE: 6,
  SCHEDULE: 7,
  CHOICE: 8,
  NO_CHOICE: 9,
  STATE: 10,
  ROUTE: 11,
  TTL: 12,
  REWRITE: 13,
  ANSWER: 14,
  LEAVES: 15,
  SOURCE: 16,
} as const;

export const EXPIRY = {
  REUSED: 0,
  QUIESCED: 1,
  GONE: 2,
} as const;

export const OUTCOME = {
  USED: 0,
  CREATED: 1,
  INVALIDATED: 2,
} as const;

export const FIELD = {
  SOURCE: 0,
  DESTINATION: 1,
  OUTER_SOURCE: 2,
  OUTER_DESTINATION: 3,
} as const;

export const EVENT_KIND = {
  NEW: 0,
  CLOSED: 1,
  EVICTED: 2,
  DROPPED: 3,
  KINDS: 4,
} as const;

export const ICMP_KIND = {
  UNREACHABLE: 0,
  PROHIBITED: 1,
  PROTOCOL: 2,
  PORT: 3,
  TOO_BIG: 4,
  TIME_EXCEEDED: 5,
  OTHER: 6,
  KINDS: 8,
} as const;

export const EVENT_FLAG = {
  IS_TEMPLATE: 1,
  IS_HIDDEN: 2,
  IS_ASSURED: 4,
  HAS_PORTS: 8,
  HAS_SOURCE: 16,
} as const;
