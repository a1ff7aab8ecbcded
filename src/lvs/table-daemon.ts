import { WeirError } from '../base/error.ts';
import type { SyncDaemon } from './operation.ts';
import { familyOf, familyOfMatch } from './service.ts';
import type { Table, TableContext } from './table.ts';

/** What the kernel takes for 0 (ip_vs_sync.c). */
export const SYNC_DEFAULTS = { group: '224.0.0.81', port: 8848, ttl: 1 } as const;

/** IP and UDP header in bytes, which the length of a synchronisation message leaves room for. */
const HEADERS = { inet: 20 + 8, inet6: 40 + 8 } as const;

const LONGEST_PACKET = 65535;

const LOOPBACK = 'lo';

/**
 * The daemons with one more, master before backup.
 * @throws WeirError as the kernel refuses: EAFNOSUPPORT group, EINVAL mixed families, ENODEV interface, EEXIST role,
 * ENETUNREACH where the socket finds no route (measured on Linux 6.1)
 */
export function startDaemon(
  table: Pick<Table, 'services' | 'daemons'>,
  daemon: SyncDaemon,
  context: TableContext,
): SyncDaemon[] {
  checkGroup(daemon.group);
  refuseMixedFamilies(table);
  const mtu = context.interfaceMtu(daemon.interface);
  if (mtu === undefined) {
    throw new WeirError('INTERFACE_UNKNOWN', 'No such device', {
      errno: 'ENODEV',
      expected: 'an interface of the director',
      found: daemon.interface,
    });
  }
  if (table.daemons.some(({ role }) => role === daemon.role)) {
    throw new WeirError('SYNC_DAEMON_EXISTS', 'Daemon has already run', {
      errno: 'EEXIST',
      found: `a ${daemon.role} that runs`,
      fix: `stop it with \`ipvsadm --stop-daemon ${daemon.role}\``,
    });
  }
  if (daemon.role === 'master' && daemon.interface === LOOPBACK && familyOf(daemon.group) === 'inet6') {
    throw new WeirError('SYNC_DAEMON_INVALID', 'the loopback interface has no route to an IPv6 group', {
      errno: 'ENETUNREACH',
      expected: 'another interface, or an IPv4 group',
      found: `${daemon.group} on ${daemon.interface}`,
    });
  }
  const started = { ...daemon, maxLength: messageLength(daemon, mtu) };
  return daemon.role === 'master' ? [started, ...table.daemons] : [...table.daemons, started];
}

/** The daemons without this one. @throws WeirError ESRCH if it does not run */
export function stopDaemon(daemons: readonly SyncDaemon[], role: SyncDaemon['role']): readonly SyncDaemon[] {
  const rest = daemons.filter((daemon) => daemon.role !== role);
  if (rest.length < daemons.length) return rest;
  throw new WeirError('SYNC_DAEMON_UNKNOWN', 'No daemon is running', { errno: 'ESRCH', found: `no ${role}` });
}

/**
 * The longest synchronisation message in bytes. A master takes an MTU of 1500 for granted whatever the interface has, a backup
 * takes the interface's if it is larger, and never less than 1024 (ip_vs_sync.c; recorded in daemons).
 */
function messageLength({ role, maxLength, group }: SyncDaemon, mtu: number): number {
  const headers = HEADERS[familyOf(group)];
  const backup = role === 'backup';
  if (maxLength === 0) return (backup ? clamp(mtu, 1500, LONGEST_PACKET) : 1500) - headers;
  return clamp(maxLength, backup ? 1024 : 1, LONGEST_PACKET - headers);
}

function checkGroup(group: string): void {
  const first =
    familyOf(group) === 'inet6' ? group.toLowerCase().startsWith('ff') : Number(group.split('.')[0]) >> 4 === 0xe;
  if (first) return;
  throw new WeirError('SYNC_DAEMON_INVALID', 'the group of the synchronisation daemon is no multicast address', {
    errno: 'EAFNOSUPPORT',
    expected: '224.0.0.0/4 or ff00::/8',
    found: group,
  });
}

function refuseMixedFamilies({ services }: Pick<Table, 'services'>): void {
  const mixed = services.some(({ match, destinations }) =>
    destinations.some(({ address }) => familyOf(address) !== familyOfMatch(match)),
  );
  if (!mixed) return;
  throw new WeirError('SYNC_DAEMON_INVALID', 'synchronisation cannot carry destinations of another address family', {
    errno: 'EINVAL',
    fix: 'delete the destinations whose address family is not that of their service',
  });
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
