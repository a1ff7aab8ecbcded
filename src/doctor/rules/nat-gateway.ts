import { dutiesBy, unseen } from '../duties.ts';
import type { Patient } from '../facts.ts';
import type { Finding, Rule } from '../finding.ts';
import { defaultRoute, routeText, segmentOf, silenceEvidence } from '../host.ts';
import { fromAfar, unanswered } from '../signals.ts';

/** S6, the point most often forgotten: replies must pass the director, which alone can give them the VIP as source again. */
export const natGateway: Rule = {
  id: 'nat-gateway',
  number: 1,
  looks: ['real server', 'network'],
  faults: ['gateway-wrong'],
  title: { en: "The real server's gateway is not the director", zh: '真实服务器的网关不是调度器' },
  examine(patient) {
    return [...examineServers(patient), ...fromAfar(examineProbes(patient), examineSignals(patient))];
  },
};

function examineServers(patient: Patient): Finding[] {
  return dutiesBy(patient, 'masquerade').flatMap(({ server: { host, directors }, duty }) => {
    const gateway = defaultRoute(host, duty.address);
    if (directors.length === 0 || gateway === undefined) return [];
    if (gateway.via !== undefined && directors.includes(gateway.via)) return [];
    const near = directors.find((address) => segmentOf(host, address) !== undefined);
    const before = routeText(gateway).replace(/^\S+ /u, '');
    return {
      severity: 'error',
      confidence: 'certain',
      host: host.name,
      evidence: [{ command: 'ip route show default', value: routeText(gateway) }],
      explanation: {
        en: `${host.name} answers clients by ${gateway.via ?? gateway.dev ?? 'another way'}, so the reply arrives with ${host.name}'s own address, which the client never asked: it waits, or sends a reset.`,
        zh: `${host.name} 的应答从 ${gateway.via ?? gateway.dev ?? '别处'} 走，带着 ${host.name} 自己的地址回到客户端，而客户端从未访问过这个地址：要么干等，要么回 RST。`,
      },
      fix:
        near === undefined
          ? undefined
          : {
              host: host.name,
              command: `ip route replace default via ${near}`,
              undo: `ip route replace default ${before}`,
            },
    };
  });
}

/** The probe comes from another segment of the director, so its answer needs the server's gateway. */
function examineProbes(patient: Patient): Finding[] {
  const { director } = patient;
  if (director === undefined) return [];
  return unseen(patient).flatMap(({ destination: { address, method, probe, isNeighbour } }) => {
    if (method !== 'masquerade' || probe?.answer !== 'silence' || isNeighbour === false) return [];
    const nic = segmentOf(director.host, address);
    const near = nic?.addresses[0]?.address;
    if (near === undefined || nic?.addresses.some((own) => own.address === probe.source) === true) return [];
    return {
      severity: 'error',
      confidence: 'possible',
      host: address,
      evidence: [
        {
          command: `ip neighbour show ${address}`,
          value: `${address} answers ARP`,
          valueZh: `${address} 会应答 ARP`,
        },
        silenceEvidence(probe.command),
      ],
      explanation: {
        en: `${address} is there, and does not answer ${probe.source}, which lies behind its gateway. Its default route should lead to ${near}; a firewall on it would look the same.`,
        zh: `${address} 在线，却不回答要经过它的网关才能到达的 ${probe.source}。它的默认路由应指向 ${near}；若它有防火墙拦截，现象也一样。`,
      },
      fix: { host: address, command: `ip route replace default via ${near}` },
    };
  });
}

/** It answers its neighbour the director, or was not asked, and no client of all that were given to it has had an answer. */
function examineSignals(patient: Patient): Finding[] {
  const { director } = patient;
  if (director === undefined) return [];
  return unanswered(patient).flatMap(({ destination: { address, method, probe }, evidence }) => {
    const nic = segmentOf(director.host, address);
    const near = nic?.addresses[0]?.address;
    const isFromNear = nic?.addresses.some((own) => own.address === probe?.source) === true;
    const answersNear = probe?.answer === 'syn-ack' && isFromNear;
    if (method !== 'masquerade' || near === undefined || (probe !== undefined && !answersNear)) return [];
    return {
      severity: 'error',
      confidence: answersNear ? 'likely' : 'possible',
      host: address,
      evidence: [evidence, ...(probe === undefined ? [] : [{ command: probe.command, value: 'SYN-ACK' }])],
      explanation: {
        en: `${address} gets the SYNs of clients, and none of its answers passes here${answersNear ? ', though it answers its neighbour, the director' : ''}: its default route should lead to ${near}.`,
        zh: `客户端的 SYN 都送到了 ${address}，它的应答却没有一个经过这里${answersNear ? '，虽然它会回答身边的调度器' : ''}：它的默认路由应指向 ${near}。`,
      },
      fix: { host: address, command: `ip route replace default via ${near}` },
    };
  });
}
