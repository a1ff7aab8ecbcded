import type { Words } from '../base/words.ts';
import type { CandidateView, Decision } from '../lvs/verdict.ts';
import { endpointText } from '../lvs/service.ts';

/** A decision of the director as a line. */
export function decisionText(decision: Decision): Words {
  switch (decision.kind) {
    case 'reassembled':
      return {
        en: `${decision.fragments} fragments are put together: ${decision.bytes} bytes`,
        zh: `把 ${decision.fragments} 个分片拼成 ${decision.bytes} 字节`,
      };
    case 'service':
      return decision.service === undefined
        ? { en: 'no virtual service matches', zh: '没有匹配的虚拟服务' }
        : { en: `virtual service ${decision.service}`, zh: `虚拟服务 ${decision.service}` };
    case 'connection':
      return connectionWords(decision);
    case 'expired':
      return {
        en: `${decision.connection} is over: ${decision.because}`,
        zh: `${decision.connection} 到此结束：${decision.because}`,
      };
    case 'template':
      return {
        en: `persistence template ${decision.template} ${decision.outcome}`,
        zh: `持久模板 ${decision.template}：${TEMPLATE_ZH[decision.outcome]}`,
      };
    case 'candidates':
      return {
        en: `scheduler ${decision.scheduler}: ${decision.candidates.map(candidateEn).join(', ')}`,
        zh: `调度算法 ${decision.scheduler}：${decision.candidates.map(candidateZh).join('，')}`,
      };
    case 'choice':
      return { en: `chooses ${decision.destination}`, zh: `选中 ${decision.destination}` };
    case 'no-choice':
      return { en: `can choose nobody: ${decision.why}`, zh: `没有可选的真实服务器：${decision.why}` };
    case 'source':
      return decision.source === undefined
        ? { en: 'full NAT: no port of the source addresses is free', zh: 'Full NAT：源地址没有空闲端口' }
        : { en: `full NAT: sends from ${decision.source}`, zh: `Full NAT：以 ${decision.source} 为源` };
    case 'state':
      return { en: `connection ${decision.from} > ${decision.to}`, zh: `连接状态 ${decision.from} > ${decision.to}` };
    case 'route':
      return routeWords(decision);
    case 'rewrite':
      return {
        en: `${decision.field} ${decision.from} > ${decision.to}`,
        zh: `${FIELD_ZH[decision.field]} ${decision.from} > ${decision.to}`,
      };
    case 'answer':
      return { en: `answers ${decision.to}: ${decision.what}`, zh: `回答 ${decision.to}：${decision.what}` };
  }
}

const TEMPLATE_ZH = { used: '沿用', created: '新建', invalidated: '作废' } as const;

const FIELD_ZH: Readonly<Record<string, string>> = {
  source: '源',
  destination: '目的',
  ttl: 'TTL',
  'outer-source': '外层源',
  'outer-destination': '外层目的',
};

function connectionWords({ found, connection = '', state = '' }: Extract<Decision, { kind: 'connection' }>): Words {
  if (found === 'none') return { en: 'no connection yet', zh: '还没有这条连接' };
  const way = found === 'reply' ? { en: 'a reply of', zh: '回应，属于' } : { en: 'belongs to', zh: '属于' };
  return { en: `${way.en} ${connection} (${state})`, zh: `${way.zh} ${connection}（${state}）` };
}

function routeWords({ to, interface: out, nextHop, mtu }: Extract<Decision, { kind: 'route' }>): Words {
  if (out === undefined) return { en: `no route to ${to}`, zh: `没有到 ${to} 的路由` };
  const via = nextHop === undefined || nextHop === to ? '' : ` via ${nextHop}`;
  const size = mtu === undefined ? '' : `, MTU ${mtu}`;
  return { en: `route to ${to}${via}: ${out}${size}`, zh: `到 ${to}${via} 的路由：${out}${size}` };
}

function candidateEn(one: CandidateView): string {
  const why = one.passedOver === undefined ? '' : `, passed over: ${one.passedOver}`;
  return `${endpointText(one)} (weight ${one.weight}, active ${one.active}, inactive ${one.inactive}${why})`;
}

function candidateZh(one: CandidateView): string {
  const why = one.passedOver === undefined ? '' : `，跳过：${one.passedOver}`;
  return `${endpointText(one)}（权重 ${one.weight}，活动 ${one.active}，非活动 ${one.inactive}${why}）`;
}
