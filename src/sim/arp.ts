import { ARP_OPERATION, arpReply, arpRequest, type ArpPacket } from '../net/arp.ts';
import type { MacAddress } from '../net/mac-address.ts';
import { packet } from '../net/packet.ts';
import { readPacket } from '../lvs/packet.ts';
import { parseFrame } from '../net/frame.ts';
import { dropsArp } from './firewall.ts';
import type { Host, WaitingPacket } from './host.ts';
import { sendFrame } from './link.ts';
import { checkSource } from './source-check.ts';
import type { Words } from '../base/words.ts';

/** An ARP packet has come in (arp_process of the kernel). */
export function receiveArp(host: Host, nic: string, frame: Uint8Array): void {
  const heard = parseFrame(frame).find('arp');
  if (heard === undefined) return;
  const { senderIp, senderMac, targetIp, operation } = heard;
  if (dropsArp(host.firewall, targetIp, senderIp, nic)) {
    stay(host, nic, heard, {
      en: `its ARP firewall drops everything about ${targetIp}`,
      zh: `它的 ARP 防火墙丢弃一切有关 ${targetIp} 的 ARP 包`,
    });
    return;
  }
  if (operation === ARP_OPERATION.request) {
    const decision = decideAnswer(host, nic, heard);
    if (decision.answers) {
      // A probe for a duplicate (RFC 5227) has no sender address to write down.
      if (senderIp !== '0.0.0.0') host.neighbours.heardQuestion(nic, senderIp, senderMac);
      reply(host, nic, heard);
      return;
    }
    if (decision.why !== undefined) stay(host, nic, heard, decision.why);
    if (!decision.hears) return;
  }
  const toMe = operation === ARP_OPERATION.reply && host.isForNic(frame, nic);
  host.neighbours.heardAnswer(nic, senderIp, senderMac, { solicited: toMe, gratuitous: isGratuitous(heard) });
}

/** Whether a host answers a question; if it does not although the address is its own, why; and whether it takes note of the asker. */
export interface ArpDecision {
  answers: boolean;
  why?: Words;
  hears: boolean;
}

export function decideAnswer(host: Host, nic: string, request: ArpPacket): ArpDecision {
  const { targetIp, senderIp } = request;
  if (!host.owns(targetIp)) return { answers: false, hears: true };
  const refused = senderIp === '0.0.0.0' ? undefined : checkSource(host, senderIp, nic).refused;
  if (refused !== undefined) return { answers: false, why: refusal(refused, senderIp, nic), hears: true };
  const why = ignores(host, nic, request);
  return why === undefined ? { answers: true, hears: true } : { answers: false, why, hears: false };
}

function refusal(refused: 'martian-source' | 'rp-filter', sender: string, nic: string): Words {
  if (refused === 'rp-filter') {
    return {
      en: `rp_filter refuses a question from ${sender} at ${nic}`,
      zh: `rp_filter 不接受从 ${nic} 来的、源地址为 ${sender} 的询问`,
    };
  }
  return {
    en: `the question comes from ${sender}, which nobody outside may have (a martian)`,
    zh: `询问者自称 ${sender}，而这是外面不可能有的地址（martian）`,
  };
}

/** The meaning of arp_ignore (ip-sysctl.rst): which addresses are answered for. */
function ignores(host: Host, nic: string, { targetIp, senderIp }: ArpPacket): Words | undefined {
  const mode = host.sysctls.conf('arp_ignore', nic);
  if (mode === 0) return undefined;
  const own = host.addressesOn(nic, 'inet').find(({ address }) => address === targetIp);
  if (mode === 1 || mode === 2) {
    if (own === undefined) {
      const place = host.interfaceWith(targetIp)?.name ?? 'lo';
      return {
        en: `${targetIp} is on ${place}, not on ${nic} where the question came in (arp_ignore=${mode})`,
        zh: `${targetIp} 在 ${place} 上，不在收到询问的 ${nic} 上（arp_ignore=${mode}）`,
      };
    }
    if (mode === 1 || own.prefix.contains(senderIp)) return undefined;
    return {
      en: `${senderIp} is not in the network of ${targetIp} (arp_ignore=2)`,
      zh: `${senderIp} 不在 ${targetIp} 的网段内（arp_ignore=2）`,
    };
  }
  if (mode === 8) return { en: 'it answers no ARP at all (arp_ignore=8)', zh: '它不回答任何 ARP(arp_ignore=8)' };
  return undefined;
}

/** Asks who has an address: everybody, or only `mac`. */
export function askByArp(
  host: Host,
  nic: string,
  address: string,
  mac: MacAddress | undefined,
  cause: WaitingPacket | undefined,
): void {
  const source = sourceOfQuestion(host, nic, address, cause);
  if (source === undefined) return;
  const own = host.macOf(nic);
  const request = arpRequest(own, source, address);
  const bytes = packet({ arp: request, eth: { source: own, destination: mac ?? 'ff:ff:ff:ff:ff:ff' } });
  const foreign = host.addressesOn(nic, 'inet').every((one) => one.address !== source);
  host.tell({
    kind: 'ask',
    nic,
    bytes,
    text: {
      en: `${host.name} asks ${mac === undefined ? 'everybody' : mac} by ARP: who has ${address}? Tell ${source}.${foreign ? ` ${source} is not an address of ${nic}: arp_announce lets it use the source of the packet that waits.` : ''}`,
      zh: `${host.name} 用 ARP ${mac === undefined ? '广播' : `向 ${mac} `}询问：谁是 ${address}？请告诉 ${source}。${foreign ? `${source} 不是 ${nic} 的地址：按 arp_announce 的设置，用的是待发报文的源地址。` : ''}`,
    },
  });
  sendFrame(host, nic, bytes);
}

/** The sender address of an ARP request, by arp_announce (arp_solicit of the kernel). */
export function sourceOfQuestion(
  host: Host,
  nic: string,
  target: string,
  cause: WaitingPacket | undefined,
): string | undefined {
  const mode = host.sysctls.conf('arp_announce', nic);
  const waiting = cause === undefined ? undefined : readPacket(cause.bytes);
  const source = waiting === undefined || typeof waiting === 'string' ? undefined : waiting.source;
  if (source !== undefined && mode < 2 && host.owns(source)) {
    if (mode === 0) return source;
    const near = host.addressesOn(nic, 'inet').some(({ prefix }) => prefix.contains(source) && prefix.contains(target));
    if (near) return source;
  }
  const own = host.addressesOn(nic, 'inet');
  const fitting = own.find(({ prefix }) => prefix.contains(target)) ?? own[0];
  return fitting?.address;
}

function reply(host: Host, nic: string, request: ArpPacket): void {
  const own = host.macOf(nic);
  const bytes = packet({ arp: arpReply(request, own), eth: { source: own, destination: request.senderMac } });
  host.tell({
    kind: 'answer',
    nic,
    bytes,
    text: {
      en: `${host.name} answers at ${nic}: ${request.targetIp} is at ${own}.`,
      zh: `${host.name} 在 ${nic} 上回答：${request.targetIp} 在 ${own}。`,
    },
  });
  sendFrame(host, nic, bytes);
}

function stay(host: Host, nic: string, { targetIp }: ArpPacket, why: Words): void {
  host.tell({
    kind: 'silence',
    nic,
    text: {
      en: `${host.name} stays silent about ${targetIp}: ${why.en}.`,
      zh: `${host.name} 对 ${targetIp} 保持沉默：${why.zh}。`,
    },
  });
}

/** RFC 5227 section 3: an announcement names one address twice; as a reply, with the sender's MAC as target. */
function isGratuitous({ operation, senderIp, targetIp, senderMac, targetMac }: ArpPacket): boolean {
  return senderIp === targetIp && (operation === ARP_OPERATION.request || senderMac === targetMac);
}
