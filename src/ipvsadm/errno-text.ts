import type { WeirError } from '../base/error.ts';
import type { CommandName } from './options.ts';

/** What ipvsadm says about an errno that a command is answered with. */
const BY_COMMAND: Partial<Record<CommandName, Record<string, string>>> = {
  'add-service': { EEXIST: 'Service already exists', ENOENT: 'Scheduler or persistence engine not found' },
  'edit-service': { ESRCH: 'No such service', ENOENT: 'Scheduler or persistence engine not found' },
  'delete-service': { ESRCH: 'No such service' },
  zero: { ESRCH: 'No such service' },
  list: { ESRCH: 'No such service' },
  'add-server': { ESRCH: 'Service not defined', EEXIST: 'Destination already exists' },
  'edit-server': { ESRCH: 'Service not defined', ENOENT: 'No such destination' },
  'delete-server': { ESRCH: 'Service not defined', ENOENT: 'No such destination' },
  'start-daemon': { EEXIST: 'Daemon has already run' },
  'stop-daemon': { ESRCH: 'No daemon is running' },
};

/** The same for all commands. */
const GENERAL: Record<string, string> = {
  EPERM: 'Permission denied (you must be root)',
  EINVAL: 'Invalid operation.  Possibly wrong module version, address not unicast, ...',
  ENOPROTOOPT: 'Protocol not available',
  ENOMEM: 'Memory allocation problem',
  EOPNOTSUPP: 'Operation not supported with IPv6',
  EAFNOSUPPORT: 'Operation not supported with specified address family',
  EMSGSIZE: 'Module is wrong version',
};

/** strerror(3) for the others that the kernel's IPVS answers with. */
const STRERROR: Record<string, string> = {
  EACCES: 'Permission denied',
  EBUSY: 'Device or resource busy',
  EEXIST: 'File exists',
  EFAULT: 'Bad address',
  ENETUNREACH: 'Network is unreachable',
  ENODEV: 'No such device',
  ENOENT: 'No such file or directory',
  ENOSPC: 'No space left on device',
  ERANGE: 'Numerical result out of range',
  ESRCH: 'No such process',
};

/**
 * The line that ipvsadm prints when the director refuses a command. What the kernel's IPVS would not refuse, and so has no
 * errno, is told in Weir's own words.
 */
export function refusalText(command: CommandName, error: WeirError): string {
  const { errno } = error;
  if (errno === undefined) return error.describe();
  return BY_COMMAND[command]?.[errno] ?? GENERAL[errno] ?? STRERROR[errno] ?? error.describe();
}
