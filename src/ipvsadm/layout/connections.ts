import type { Connection } from '../../lvs/live-connection.ts';
import type { Endpoint, EndpointWriter } from '../endpoint-text.ts';

const COLUMNS = 'pro expire state       source             virtual            destination';

/** The two lines above the connections. @param engines whether there are columns for persistence engines */
export function connectionHeading(engines: boolean): string {
  return `IPVS connection entries\n${COLUMNS}${engines ? '        pe name          pe_data' : ''}`;
}

/** The three endpoints of a connection, as its line shows them. */
export function connectionEndpoints({ protocol, client, virtual, destination }: Connection): Endpoint[] {
  return [client, virtual, destination].map((id) => ({ ...id, protocol: protocol === 'ip' ? undefined : protocol }));
}

/**
 * `TCP 14:59  ESTABLISHED 10.1.0.10:40001    10.9.9.9:80        10.2.0.11:80`. The columns of a line with an engine do not
 * stand below their headings; that is ipvsadm's way (recorded in the SIP cases of conn).
 * @param engines as in `connectionHeading`
 */
export function connectionLine(connection: Connection, write: EndpointWriter, engines: boolean): string {
  const [client = '', virtual = '', destination = ''] = connectionEndpoints(connection).map(write);
  const { protocol, expires, state, engine } = connection;
  const cells = [
    protocol.toUpperCase().padEnd(3),
    expiryText(expires).padEnd(6),
    state.padEnd(11),
    client.padEnd(18),
    virtual.padEnd(18),
  ];
  if (engines && engine !== undefined) cells.push(destination.padEnd(16), engine.name.padEnd(18), engine.data);
  else cells.push(destination);
  return cells.join(' ');
}

/** Minutes and seconds, cut to whole seconds; minutes go beyond 60. */
function expiryText(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const [minutes, rest] = [Math.floor(seconds / 60), seconds % 60];
  return `${String(minutes).padStart(2, '0')}:${String(rest).padStart(2, '0')}`;
}
