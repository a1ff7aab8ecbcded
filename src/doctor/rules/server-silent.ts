import { destinations } from '../duties.ts';
import type { DestinationFacts, HostFacts, Patient, RealServerFacts } from '../facts.ts';
import type { Finding, Rule } from '../finding.ts';
import { defaultRoute, isLocal, routeEvidence, segmentOf, silenceEvidence } from '../host.ts';

/**
 * The real server is off, unplugged, or has another address: nobody answers ARP or neighbour discovery for it, or, behind a router,
 * neither SYN nor echo request.
 */
export const serverSilent: Rule = {
  id: 'server-silent',
  number: 33,
  looks: ['network'],
  faults: ['server-down'],
  title: { en: 'The real server is not there', zh: '真实服务器不在' },
  examine(patient) {
    const { director } = patient;
    if (director === undefined) return [];
    const seen = new Set<string>();
    return destinations(patient).flatMap(({ destination }): Finding[] => {
      const { address, isNeighbour } = destination;
      if (seen.has(address) || !(isNeighbour === false || isMuteBeyondRouter(patient, destination))) return [];
      seen.add(address);
      const nic = segmentOf(director.host, address)?.name;
      const name = serverWith(patient, address)?.host.name;
      return [
        {
          severity: 'error',
          confidence: isNeighbour === false ? 'certain' : 'likely',
          host: name ?? address,
          evidence: evidenceOf(director.host, destination, nic),
          explanation: {
            en: `Nobody answers for ${address}${nic === undefined ? '' : ` on ${nic}`}: the host is off, its cable is out, or it has another address. Clients that are given to it wait in vain; give it weight 0 until it is back: ipvsadm -e ... -w 0.`,
            zh: `${nic === undefined ? '' : `${nic} 上`}没有人应答 ${address}：主机关机了、网线断了，或者它的地址不是这个。分给它的客户端只能干等；在它回来之前把权重设为 0：ipvsadm -e ... -w 0。`,
          },
          fix: undefined,
        },
      ];
    });
  },
};

/** A server that has no way back is silent too, and another rule says so. */
function isMuteBeyondRouter(patient: Patient, { address, isNeighbour, probe, size }: DestinationFacts): boolean {
  if (isNeighbour !== undefined || probe?.answer !== 'silence' || size?.answer !== 'mute') return false;
  const server = serverWith(patient, address);
  if (server === undefined) return true;
  const { host, directors } = server;
  return defaultRoute(host, address) !== undefined && directors.some((own) => !isLocal(host, own));
}

function serverWith({ servers }: Patient, address: string): RealServerFacts | undefined {
  return servers.find(({ duties }) => duties.some((duty) => duty.address === address));
}

function evidenceOf(host: HostFacts, { address, probe, size }: DestinationFacts, nic: string | undefined) {
  if (nic !== undefined) {
    const command = address.includes(':') ? `ndisc6 ${address} ${nic}` : `arping -c 1 -I ${nic} ${address}`;
    return [silenceEvidence(command)];
  }
  const asked = [probe?.command, size?.command].flatMap((command) => (command === undefined ? [] : [command]));
  return [routeEvidence(host, address), ...asked.map(silenceEvidence)];
}
