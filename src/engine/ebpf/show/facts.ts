import type { EngineStatus } from '../../engine.ts';
import { type Attachment, type Attachments, HOOK_NAMES } from '../interfaces/attachments.ts';
import type { Upkeep } from '../interfaces/upkeep.ts';
import type { Registry } from '../maps/registry.ts';
import type { Round } from '../programs/sweeper.ts';
import { type Tables, allShards } from '../maps/tables.ts';

export interface Surveyed {
  tables: Tables;
  registry: Registry;
  upkeep: Pick<Upkeep, 'attachments' | 'ownTraffic' | 'neighbours' | 'forwarding'>;
  /** Where the pins are. */
  pins: string;
}

/** What `weir status` tells of the engine. @param round of the sweeper, a moment ago */
export function surveyEngine(
  { tables, registry, upkeep: { attachments, ownTraffic, neighbours, forwarding }, pins }: Surveyed,
  round: Round,
): Pick<EngineStatus, 'facts' | 'connections'> {
  const shards = allShards(tables);
  const entries = shards.reduce((sum, shard) => sum + shard.maxEntries, 0);
  const { serviceIds, destinationIndices, services, records, trash } = registry;
  return {
    facts: [
      ...attachments.list.map((attachment) => ({
        name: `interface ${attachment.interface.name}`,
        value: attachmentText(attachment, attachments, forwarding.stopped(attachment.interface.name)),
      })),
      {
        name: 'packets of its own',
        value: ownTraffic.trouble ?? ownTraffic.list.map(({ name, hook }) => `${hook} on ${name}`).join(', '),
      },
      ...[...attachments.troubles].map(([name, reason]) => ({
        name: `interface ${name}`,
        value: `not served: ${reason}`,
      })),
      ...Array.from(neighbours.gone, (address) => ({
        name: `real server ${address}`,
        value: 'does not answer ARP or neighbour discovery',
      })),
      {
        name: 'table entries',
        value: `${round.entries} of ${entries} in ${shards.length} shards (a connection of two directions takes two where its replies have no origin)`,
      },
      { name: 'services', value: `${services.size} of ${serviceIds.size}` },
      {
        name: 'destinations',
        value: `${records.size} of ${destinationIndices.size}, ${trash.size} of them deleted and still in use`,
      },
      { name: 'pins', value: pins },
    ],
    connections: { used: round.connections, size: round.connections + entries - round.entries },
  };
}

function attachmentText(
  { interface: { name, up }, hooks, reason }: Attachment,
  { troubles, strangers }: Pick<Attachments, 'troubles' | 'strangers'>,
  stopped: readonly string[],
): string {
  const had = hooks.filter((hook) => !troubles.has(`${name} ${hook}`));
  const before = strangers.filter((one) => one.interface === name && !one.instead);
  const behind = before.map(({ hook, program }) => `, behind ${HOOK_NAMES[hook]} program ${program} of somebody else`);
  const unforwarded = stopped.length === 0 ? '' : `, does not forward ${stopped.join(' and ')}`;
  return `${had.join(' and ')} (${reason})${behind.join('')}${up ? '' : ', down'}${unforwarded}`;
}
