import type { Words } from '../base/words.ts';
import { endpointText } from '../lvs/service.ts';
import type { World } from './walk-sentences.ts';
import { nicName } from './walk-sentences.ts';
import { changedFields, type Journey, type Sighting, type WalkFields } from './walk.ts';

/** One sentence for each sighting of a journey, in English; see `hopWords`. */
export function sentences(journey: Journey, world: World): string[] {
  return hopWords(journey, world).map(({ en }) => en);
}

/** One sentence for each sighting of a journey, said from what changed since the one before it. */
export function hopWords({ sightings }: Journey, world: World): Words[] {
  return sightings.map((sighting, index) => {
    const before = sightings[index - 1];
    if (before === undefined) return first(sighting, world);
    if (before.point.host === sighting.point.host) return passing(before, sighting, world);
    return arrival(before, sighting, world);
  });
}

function first({ point: { host, nic }, direction, fields }: Sighting, world: World): Words {
  const [from, to] = [endpoint(fields, 'source'), endpoint(fields, 'destination')];
  if (direction === 'in') {
    return {
      en: `${host} receives a packet from ${from} to ${to} at ${nic}.`,
      zh: `${host} 在 ${nic} 上收到从 ${from} 到 ${to} 的报文。`,
    };
  }
  const [kind, next] = [kindOf(fields), nextHop(fields, world)];
  return {
    en: `${host} sends ${kind.en} from ${from} to ${to}. ${next.en}`,
    zh: `${host} 从 ${from} 向 ${to} 发出${kind.zh}。${next.zh}`,
  };
}

/** Where a frame goes: to the owner of the destination address, or to a gateway. */
function nextHop({ dip, dmac }: WalkFields, world: World): Words {
  const next = world.nicOfMac(dmac);
  if (next === undefined) {
    return {
      en: `The frame goes to ${dmac}, which is no NIC of this network.`,
      zh: `这一帧发往 ${dmac}，它不是这个网络里的任何网卡。`,
    };
  }
  const name = nicName(next);
  if (world.hostsWithAddress(dip).includes(next.host)) {
    return { en: `The frame goes to its owner, ${name}.`, zh: `这一帧发给该地址的主人 ${name}。` };
  }
  return {
    en: `${dip} is in another network, so the frame goes to the gateway, ${name}.`,
    zh: `${dip} 在别的网段，所以这一帧发给网关 ${name}。`,
  };
}

function arrival(before: Sighting, { point: { host }, fields }: Sighting, world: World): Words {
  const changed = changedFields(before.fields, fields);
  const how =
    changed.length === 0
      ? { en: 'arrives as it was sent', zh: '原样到达' }
      : { en: `arrives with another ${enumerate(changed)}`, zh: `到达时 ${changed.join('、')} 变了` };
  const place = world.interfaceOf(host, outerDestination(fields));
  const end =
    place === undefined
      ? {
          en: `but ${outerDestination(fields)} is not, so ${host} has to pass the packet on`,
          zh: `目的 IP ${outerDestination(fields)} 不是，所以 ${host} 要把它转出去`,
        }
      : {
          en: `and so is ${outerDestination(fields)} (on ${place}): ${host} takes the packet`,
          zh: `目的 IP ${outerDestination(fields)} 也是（在 ${place} 上）：${host} 收下这个报文`,
        };
  return {
    en: `It ${how.en}. The destination MAC is its own, ${end.en}.`,
    zh: `报文${how.zh}。目的 MAC 是 ${host} 自己的，${end.zh}。`,
  };
}

/** The address that a host looks at first: of the tunnel, where there is one. */
function outerDestination({ outer, dip }: WalkFields): string {
  return outer.split(' > ')[1] ?? dip;
}

function passing(before: Sighting, after: Sighting, world: World): Words {
  const { host } = after.point;
  const clauses = [...rewrites(before.fields, after.fields, world), ...wrapping(before.fields, after.fields)];
  const [from, to] = [before.fields.ttl, after.fields.ttl];
  const way = macChange(before, after, world);
  if (clauses.length === 0 && from === to) {
    if (way === undefined) return { en: `${host} passes it on as it is.`, zh: `${host} 原样转出。` };
    if (after.fields.outer !== '') {
      return {
        en: `${host} passes the tunnel's packet on: MAC addresses and the outer TTL change, what is inside does not; it sends the frame ${way.en}.`,
        zh: `${host} 转发隧道的外层报文：只改 MAC 地址和外层 TTL，里面的报文不动；${way.zh}。`,
      };
    }
    return {
      en: `${host} keeps the IP packet as it is, its TTL too; it changes only the MAC addresses and sends the frame ${way.en}.`,
      zh: `${host} 不动 IP 报文，连 TTL 也不动；只改 MAC 地址，${way.zh}。`,
    };
  }
  if (clauses.length === 0) {
    clauses.push({ en: 'leaves IP addresses and ports as they are', zh: '不动 IP 地址和端口' });
  }
  if (from !== to) clauses.push({ en: `changes the TTL from ${from} to ${to}`, zh: `把 TTL 从 ${from} 改成 ${to}` });
  if (way !== undefined) clauses.push({ en: `sends the frame ${way.en}`, zh: way.zh });
  return {
    en: `${host} ${enumerate(clauses.map(({ en }) => en))}.`,
    zh: `${host} ${clauses.map(({ zh }) => zh).join('，')}。`,
  };
}

function rewrites(before: WalkFields, after: WalkFields, world: World): Words[] {
  return (['destination', 'source'] as const).flatMap((side) => {
    const [from, to] = [endpoint(before, side), endpoint(after, side)];
    if (from === to) return [];
    const owners = world.hostsWithAddress(side === 'destination' ? after.dip : after.sip);
    const [en, zh] = owners.length === 0 ? ['nobody here', '这里没有这台主机'] : [enumerate(owners), owners.join('、')];
    return [
      {
        en: `rewrites the ${side} from ${from} to ${to} (${en})`,
        zh: `把${side === 'source' ? '源' : '目的'}从 ${from} 改写成 ${to}（${zh}）`,
      },
    ];
  });
}

/** What happens to the tunnel around the packet. */
function wrapping(before: WalkFields, after: WalkFields): Words[] {
  if (before.outer === after.outer) return [];
  if (after.outer === '') return [{ en: 'takes the packet out of the tunnel', zh: '拆开隧道，取出里面的报文' }];
  return [{ en: `puts the packet into a tunnel, ${after.outer}`, zh: `把报文装进隧道 ${after.outer}` }];
}

function macChange(before: Sighting, after: Sighting, world: World): Words | undefined {
  if (before.fields.smac === after.fields.smac && before.fields.dmac === after.fields.dmac) return undefined;
  const { nic } = after.point;
  const owner = world.nicOfMac(after.fields.dmac);
  const to = owner === undefined ? after.fields.dmac : nicName(owner);
  if (before.point.nic === nic) return { en: `back out of ${nic} to ${to}`, zh: `又从 ${nic} 发出，交给 ${to}` };
  return { en: `out of ${nic} to ${to}`, zh: `从 ${nic} 发出，交给 ${to}` };
}

function kindOf({ flags }: WalkFields): Words {
  if (flags === 'S') return { en: 'a SYN', zh: ' SYN' };
  if (flags === 'SA') return { en: 'a SYN-ACK', zh: ' SYN-ACK' };
  if (flags.includes('R')) return { en: 'a refusal (RST)', zh: '拒绝（RST）' };
  return flags === '' ? { en: 'a datagram', zh: '数据报' } : { en: `a segment (${flags})`, zh: `报文段（${flags}）` };
}

function endpoint(fields: WalkFields, side: 'source' | 'destination'): string {
  const [address, port] = side === 'source' ? [fields.sip, fields.sp] : [fields.dip, fields.dp];
  return endpointText({ address, port });
}

function enumerate(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
