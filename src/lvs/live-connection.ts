import type { DestinationId, Protocol } from './service.ts';

/** An entry of the connection table as a director shows it to people: one line of `ipvsadm -L -c`. */
export interface Connection {
  /** `ip` for the templates of firewall-mark services. */
  protocol: Protocol | 'ip';
  state: string;
  /** Milliseconds until it ends. */
  expires: number;
  client: DestinationId;
  virtual: DestinationId;
  destination: DestinationId;
  template: boolean;
  /** What the real server sees in place of the client, with full NAT. */
  source?: DestinationId;
  /** Persistence engine and its key, for templates made by one. */
  engine?: { name: string; data: string };
}
