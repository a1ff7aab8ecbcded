/** How an engine is opened. The engine does not know about sockets, state files or commands. */
export interface EngineOptions {
  /** Interfaces to forward on; absent: every interface that can carry traffic, chosen by the engine. */
  interfaces?: readonly string[];
  /** Start also where some of `interfaces` are not there yet, and serve them as soon as they are. */
  awaitInterfaces?: boolean;
  hook: Hook;
  /** Folder of the daemon's socket; what has to outlive the process (pins) lies in `<runFolder>/bpf`. */
  runFolder: string;
  /** Size of the connection table. */
  connections: number;
  /** How many real servers there can be in all services together; absent: DEFAULT_REAL_SERVERS. */
  realServers?: number;
  log: EngineLog;
}

/** Where forwarding is attached; `auto` lets the engine choose for each interface and say why. */
export type Hook = (typeof HOOKS)[number];
export const HOOKS = ['auto', 'tc', 'xdp'] as const;

export type EngineKind = (typeof ENGINE_KINDS)[number];
export const ENGINE_KINDS = ['ebpf', 'model'] as const;

/** The part of a structured logger (pino) that engines use. */
export interface EngineLog {
  debug(facts: object, message: string): void;
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

/** Entries of the connection table; the kernel's IPVS has 4,096 buckets without a limit of entries, eBPF maps need one. */
export const DEFAULT_CONNECTIONS = 262_144;
export const CONNECTIONS_RANGE = { least: 1_024, most: 16_777_216 } as const;

/** Real servers in all. Each takes about 460 bytes, and 40 for every processor. */
export const DEFAULT_REAL_SERVERS = 65_536;
export const REAL_SERVERS_RANGE = { least: 1_024, most: 1_048_576 } as const;
