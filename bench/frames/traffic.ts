import { ADDRESS } from '../trio.ts';
import { frameOf, type Plan } from './plan.ts';

/** Flow n has the address 10.64.0.0 + n % 65,536 and the port 1024 + n / 65,536; see CLIENTS of bench/far-ends.ts. */
const FIRST_CLIENT = '10.64.0.0';
const FIRST_PORT = 1024;
/** Of the connection that a trickle of real packets keeps up. */
const TRICKLE_PORT = 999;

/** The director's MAC and the client's. */
export interface Ends {
  director: string;
  client: string;
}

/** Frames of many clients to a port of the VIP, or of another address. @param flags as tcpdump has them */
export function requests(
  { director, client }: Ends,
  port: number,
  flags: string,
  choice: Pick<Plan, 'flows' | 'first' | 'order'>,
  address: string = ADDRESS.vip,
): Plan {
  const frame = frameOf({
    eth: { source: client, destination: director },
    ip: { source: FIRST_CLIENT, destination: address },
    tcp: { source: FIRST_PORT, destination: port, flags, sequence: 1000, acknowledgement: flags === 'S' ? 0 : 1000 },
  });
  return { frame, vary: 'source', ...choice };
}

/** Frames of a real server's port to those clients. @param director its MAC there */
export function replies(
  { director, server }: { director: string; server: string },
  port: number,
  choice: Pick<Plan, 'flows' | 'first' | 'order'>,
): Plan {
  const frame = frameOf({
    eth: { source: server, destination: director },
    ip: { source: ADDRESS.rip, destination: FIRST_CLIENT },
    tcp: { source: port, destination: FIRST_PORT, flags: 'A', sequence: 1000, acknowledgement: 1000 },
  });
  return { frame, vary: 'target', ...choice };
}

/** A SYN and an ACK of the trickle's connection. */
export function trickleTo(director: string, client: string, port: number): Uint8Array[] {
  return ['S', 'A'].map((flags) =>
    frameOf({
      eth: { source: client, destination: director },
      ip: { source: ADDRESS.client, destination: ADDRESS.vip },
      tcp: { source: TRICKLE_PORT, destination: port, flags },
    }),
  );
}

/** Its reply. */
export function trickleFrom(director: string, server: string, port: number): Uint8Array[] {
  return [
    frameOf({
      eth: { source: server, destination: director },
      ip: { source: ADDRESS.rip, destination: ADDRESS.client },
      tcp: { source: port, destination: TRICKLE_PORT, flags: 'A' },
    }),
  ];
}
