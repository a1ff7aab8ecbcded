import { WeirError } from '../base/error.ts';
import { readIpNeighbours, readIpRoutes, type IpNeighbour, type IpRoute } from './ip-json.ts';
import { run } from './process.ts';

/** What the kernel of this network namespace would do with a packet: its own lookup, with policy rules and all. */

/**
 * The route to an address (`ip route get`); undefined where the kernel has none.
 * @throws WeirError TOOL_MISSING; KERNEL_CALL_FAILED where the question itself was refused
 */
export async function routeTo(address: string): Promise<IpRoute | undefined> {
  const { code, stdout, stderr } = await run(['ip', '-json', 'route', 'get', address]);
  if (code === 0) return readIpRoutes(stdout)[0];
  if (/unreachable|No route|prohibited|Permission denied/iu.test(stderr)) return undefined;
  throw new WeirError('KERNEL_CALL_FAILED', `cannot ask for the route to ${address}`, {
    where: `ip route get ${address}`,
    found: stderr.trim() || `exit code ${code}`,
  });
}

/** What the kernel knows of a neighbour (`ip neighbour show`); undefined where it has never been asked for. @throws WeirError TOOL_MISSING */
export async function neighbourOn(dev: string, address: string): Promise<IpNeighbour | undefined> {
  const { stdout } = await run(['ip', '-json', 'neighbour', 'show', 'to', address, 'dev', dev]);
  return readIpNeighbours(stdout).find((one) => one.address === address);
}
