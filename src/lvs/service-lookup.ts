import type { PacketFlow } from './flow.ts';
import type { LiveService } from './live.ts';
import type { MarkTarget } from './mark.ts';
import { familyOf, matchKey, type Protocol } from './service.ts';
import type { State } from './state.ts';

export const FTP_PORT = 21;
export const FTP_DATA_PORT = 20;

/** Ports below need a privilege to listen on (net.ipv4.ip_unprivileged_port_start). */
const UNPRIVILEGED = 1024;

/**
 * The service of a packet: by its mark, or the mark that a rule of Weir's own gives it if it has none, then by address and port, then for TCP the FTP service of that address if the port may
 * belong to a data connection, then the one for any port (ip_vs_service_find).
 * @param errorTo where the ICMP error is addressed that quotes what has the flow: the mark is that of the error
 */
export function findService(
  { roster, marks }: State,
  ownMark: number,
  flow: PacketFlow,
  errorTo?: string,
): LiveService | undefined {
  const { protocol, destination: address, destinationPort: port } = flow;
  const marked: MarkTarget =
    errorTo === undefined ? { protocol, address, port } : { protocol: 'icmp', address: errorTo, port: 0 };
  const mark = ownMark === 0 ? marks.of(marked) : ownMark;
  const byMark = mark === 0 ? undefined : roster.find(matchKey({ mark, family: familyOf(address) }));
  return (
    byMark ?? at(port) ?? (mayBeFtpData(protocol, port) ? at(FTP_PORT) : undefined) ?? (port === 0 ? undefined : at(0))
  );

  function at(servicePort: number): LiveService | undefined {
    return roster.find(matchKey({ protocol, address, port: servicePort }));
  }
}

function mayBeFtpData(protocol: Protocol, port: number): boolean {
  return protocol === 'tcp' && (port === FTP_DATA_PORT || port >= UNPRIVILEGED);
}
