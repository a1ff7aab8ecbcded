import { z } from 'zod';
import { EVENT_KINDS } from '../engine/events.ts';
import type { Operation } from '../lvs/operation.ts';
import { familyOfMatch, isMarkMatch, isTranslating, type Service, type ServiceMatch } from '../lvs/service.ts';
import { SETTING_NAMES } from '../lvs/settings.ts';
import { isIpAddress, isIpv4Address, parseIpAddress } from '../net/ip-address.ts';
import type { OperationsRequest, RestoreRequest, TransactionRequest, ZeroRequest } from './wire.ts';

/*
 * Form of the requests. Whether a well-formed operation is accepted (ranges, names, what exists) is decided by the table and
 * the engine, so that every way in answers alike. Only what their types promise is seen to here: canonical addresses, whole
 * numbers, and no combination that the text of the rules could not say.
 */

const address = z.string().refine(isIpAddress, { error: 'no IP address', abort: true }).overwrite(parseIpAddress);
const count = z.int().min(0);
const port = z.int().min(0).max(65_535);
const name = z.string().min(1).max(64).regex(/^\S+$/u, 'blanks are not allowed');

const addressMatch = z.strictObject({ protocol: z.enum(['tcp', 'udp', 'sctp']), address, port });
const markTarget = z.strictObject({ protocol: z.enum(['tcp', 'udp', 'sctp', 'icmp']), address, port });

const match: z.ZodType<ServiceMatch> = z.union([
  addressMatch,
  z.strictObject({ mark: z.int().min(1).max(0xffff_ffff), family: z.enum(['inet', 'inet6']) }),
]);

const service: z.ZodType<Service> = z
  .strictObject({
    match,
    scheduler: name,
    schedulerFlags: count,
    persistence: z.exactOptional(z.strictObject({ timeout: count, netmask: name })),
    persistenceEngine: z.exactOptional(name),
    onePacket: z.boolean(),
  })
  .superRefine(({ match: of, persistence, onePacket }, context) => {
    const refuse = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
    if (!isMarkMatch(of) && of.port === 0 && persistence === undefined) {
      refuse(['match', 'port'], 'port 0 (any port) needs persistence');
    }
    if (!isMarkMatch(of) && of.protocol !== 'udp' && onePacket) {
      refuse(['onePacket'], 'one-packet scheduling is for UDP and firewall marks');
    }
    if (persistence !== undefined && familyOfMatch(of) === 'inet' && !isIpv4Address(persistence.netmask)) {
      refuse(['persistence', 'netmask'], 'expected an IPv4 netmask such as 255.255.255.0');
    }
  });

const destinationId = z.strictObject({ address, port });

const tunnel = z.strictObject({
  type: z.enum(['ipip', 'gue', 'gre']),
  port,
  checksum: z.enum(['none', 'full', 'remote']),
});

const destination = z
  .strictObject({
    address,
    port,
    method: z.enum(['masquerade', 'route', 'tunnel', 'full-nat']),
    weight: count,
    upperThreshold: count,
    lowerThreshold: count,
    tunnel,
  })
  .superRefine(({ method, tunnel: { type, port: tunnelPort, checksum } }, context) => {
    const refuse = (field: string, message: string) =>
      context.addIssue({ code: 'custom', path: ['tunnel', field], message });
    if (method !== 'tunnel' && type !== 'ipip') refuse('type', `means nothing with the method ${method}`);
    if (type !== 'gue' && tunnelPort !== 0) refuse('port', `means nothing with ${type}, expected 0`);
    if (type === 'ipip' && checksum !== 'none') refuse('checksum', 'means nothing with ipip, expected none');
    if (type === 'gre' && checksum === 'remote') refuse('checksum', 'GRE has none or full');
  });

const timeouts = z.strictObject({ tcp: count, tcpFin: count, udp: count });
const role = z.enum(['master', 'backup']);
const source = z.strictObject({ address, firstPort: port, lastPort: port });
const vip = z.strictObject({ address, interface: name });
const settings = z.partialRecord(z.enum(SETTING_NAMES), count);

const syncDaemon = z.strictObject({
  role,
  interface: name,
  syncId: z.int().min(0).max(255),
  maxLength: z.int().min(0).max(65_507),
  group: address,
  port: z.int().min(1).max(65_535),
  ttl: z.int().min(1).max(255),
});

export const operation: z.ZodType<Operation> = z.discriminatedUnion('do', [
  z.strictObject({ do: z.enum(['add-service', 'edit-service']), service }),
  z.strictObject({ do: z.literal('delete-service'), match }),
  z.strictObject({ do: z.enum(['add-destination', 'edit-destination']), match, destination }).superRefine(keepsPort),
  z.strictObject({ do: z.literal('delete-destination'), match, destination: destinationId }),
  z.strictObject({ do: z.literal('flush') }),
  z.strictObject({ do: z.literal('set-timeouts'), timeouts }),
  z.strictObject({ do: z.literal('start-daemon'), daemon: syncDaemon }),
  z.strictObject({ do: z.literal('stop-daemon'), role }),
  z.strictObject({ do: z.literal('add-mark'), mark: count, match: markTarget }),
  z.strictObject({ do: z.literal('delete-mark'), match: markTarget }),
  z.strictObject({ do: z.literal('set-settings'), settings }),
  z.strictObject({ do: z.literal('set-source'), source }),
  z.strictObject({ do: z.literal('delete-source'), address }),
  z.strictObject({ do: z.literal('set-vip'), vip }),
  z.strictObject({ do: z.literal('delete-vip'), address }),
]);

/** Direct routing and tunnelling leave the port as it is; ipvsadm puts the service's port there without a word. */
function keepsPort(
  {
    match: of,
    destination: { method, port: wanted },
  }: { match: ServiceMatch; destination: z.output<typeof destination> },
  context: z.RefinementCtx,
): void {
  if (isTranslating(method) || isMarkMatch(of) || of.port === wanted) return;
  const message = `the method ${method} cannot change the port, expected that of the service, ${of.port}`;
  context.addIssue({ code: 'custom', path: ['destination', 'port'], message });
}

const operations = z.array(operation);

export const transactionRequest: z.ZodType<TransactionRequest> = z.strictObject({
  operations,
  expectedVersion: z.exactOptional(count),
});

/** What stands in the query of a transaction whose operations are on lines of their own. */
export const transactionQuery = z.strictObject({
  expectedVersion: z.exactOptional(
    z
      .string()
      .regex(/^\d{1,15}$/u, 'expected a whole number')
      .transform(Number),
  ),
});

export const operationsRequest: z.ZodType<OperationsRequest> = z.strictObject({ operations });

export const zeroRequest: z.ZodType<ZeroRequest> = z.strictObject({ match: z.exactOptional(match) });

export const timeoutsRequest = timeouts;

export const restoreRequest: z.ZodType<RestoreRequest> = z.strictObject({
  rules: z.exactOptional(z.string()),
  source: z.exactOptional(z.string()),
  dryRun: z.exactOptional(z.boolean()),
});

export const saveRequest = z.strictObject({});

/** An IP packet as hexadecimal text. */
export const explainRequest = z.strictObject({
  packet: z.string().regex(/^(?:[\da-f]{2})+$/iu, 'expected bytes as hexadecimal text'),
  interface: z.exactOptional(name),
});

const kind = z.enum(EVENT_KINDS);
const number = z
  .string()
  .regex(/^[1-9]\d{0,8}$/u, 'expected a whole number from 1 to 999999999')
  .transform(Number);

/** A query: numbers and lists are texts. */
export const eventsRequest = z.strictObject({
  kinds: z.exactOptional(
    z
      .string()
      .transform((text) => text.split(','))
      .pipe(z.array(kind)),
  ),
  service: z.exactOptional(z.string()),
  realServer: z.exactOptional(z.string()),
  client: z.exactOptional(z.string()),
  reason: z.exactOptional(z.string()),
  sample: z.exactOptional(number),
  rate: z.exactOptional(number),
  queue: z.exactOptional(number),
});
