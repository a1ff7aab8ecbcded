import type { Words } from '../base/words.ts';
import { endpointText } from './service.ts';
import type { CandidateView, Decision, RewrittenField } from './verdict.ts';

/** A decision of the director for people, in a line; candidates in a line each below it. */
export function decisionText(decision: Decision): Words {
  switch (decision.kind) {
    case 'reassembled':
      return {
        en: `${decision.fragments} fragments make a packet of ${decision.bytes} bytes`,
        zh: `把 ${decision.fragments} 个分片拼成 ${decision.bytes} 字节的报文`,
      };
    case 'service':
      return decision.service === undefined
        ? { en: 'no virtual service matches', zh: '没有匹配的虚拟服务' }
        : { en: `virtual service: ${decision.service}`, zh: `虚拟服务：${decision.service}` };
    case 'connection':
      return connectionWords(decision);
    case 'expired': {
      const { en, zh } = EXPIRED[decision.because];
      return { en: `connection ${decision.connection} ends: ${en}`, zh: `连接 ${decision.connection} 到此结束：${zh}` };
    }
    case 'template':
      return {
        en: `persistence template ${decision.outcome}: ${decision.template}`,
        zh: `持久模板${TEMPLATE_ZH[decision.outcome]}：${decision.template}`,
      };
    case 'candidates':
      return candidatesWords(decision);
    case 'choice':
      return { en: `choice: ${decision.destination}`, zh: `选中：${decision.destination}` };
    case 'no-choice': {
      const { en, zh } = NO_CHOICE[decision.why];
      return { en: `no choice: ${en}`, zh: `没有可选的：${zh}` };
    }
    case 'source':
      return decision.source === undefined
        ? { en: 'source: none is free', zh: '源：没有空闲的' }
        : { en: `source: ${decision.source}`, zh: `源：${decision.source}` };
    case 'state':
      return { en: `state: ${decision.from} becomes ${decision.to}`, zh: `状态：${decision.from} 变为 ${decision.to}` };
    case 'route':
      return routeWords(decision);
    case 'rewrite': {
      const { field, from, to } = decision;
      return { en: `${field.replace('-', ' ')}: ${from} becomes ${to}`, zh: `${FIELD_ZH[field]}：${from} 改为 ${to}` };
    }
    case 'answer':
      return { en: `answer to ${decision.to}: ${decision.what}`, zh: `回答 ${decision.to}：${decision.what}` };
  }
}

type Of<Kind extends Decision['kind']> = Extract<Decision, { kind: Kind }>;

const EXPIRED = {
  reused: { en: 'the client uses its port for a new one', zh: '客户端用同一端口开始了新连接' },
  quiesced: { en: 'its real server has weight 0', zh: '它的真实服务器权重为 0' },
  'destination-gone': { en: 'its real server has been deleted', zh: '它的真实服务器已被删除' },
} as const satisfies Record<Of<'expired'>['because'], Words>;

const NO_CHOICE = {
  'no-destination': { en: 'the service has no real server', zh: '服务没有真实服务器' },
  'all-weights-zero': { en: 'every real server has weight 0', zh: '所有真实服务器的权重都是 0' },
  'all-overloaded': { en: 'every real server has reached its upper threshold', zh: '所有真实服务器都到了连接上限' },
  'chosen-unusable': {
    en: 'the real server that the hash leads to cannot take it',
    zh: '散列指向的真实服务器不能接新连接',
  },
  'scheduler-none': { en: 'the scheduler none schedules nothing', zh: '调度算法 none 不调度' },
} as const satisfies Record<Of<'no-choice'>['why'], Words>;

const PASSED_OVER = {
  'weight-zero': { en: 'weight 0', zh: '权重为 0' },
  overloaded: { en: 'upper threshold reached', zh: '到了连接上限' },
} as const satisfies Record<NonNullable<CandidateView['passedOver']>, Words>;

const TEMPLATE_ZH = { used: '沿用', created: '新建', invalidated: '作废' } as const satisfies Record<
  Of<'template'>['outcome'],
  string
>;

const FIELD_ZH = {
  source: '源',
  destination: '目的',
  ttl: 'TTL',
  'outer-source': '外层源',
  'outer-destination': '外层目的',
} as const satisfies Record<RewrittenField, string>;

function connectionWords({ found, connection = '', state = '' }: Of<'connection'>): Words {
  if (found === 'none') return { en: 'connection: none yet', zh: '连接：还没有' };
  const what =
    found === 'reply' ? { en: 'reply of connection', zh: '回应，属于连接' } : { en: 'connection', zh: '连接' };
  return { en: `${what.en}: ${connection}, ${state}`, zh: `${what.zh}：${connection}，${state}` };
}

function candidatesWords({ scheduler, candidates }: Of<'candidates'>): Words {
  const lines = candidates.map(candidateWords);
  return {
    en: [`candidates of ${scheduler}, in walk order:`, ...lines.map(({ en }) => en)].join('\n'),
    zh: [`调度算法 ${scheduler} 的候选，按查看的顺序：`, ...lines.map(({ zh }) => zh)].join('\n'),
  };
}

function candidateWords(one: CandidateView): Words {
  const why = one.passedOver === undefined ? undefined : PASSED_OVER[one.passedOver];
  const { weight, active, inactive } = one;
  return {
    en: `  ${endpointText(one)}  weight ${weight}, active ${active}, inactive ${inactive}${why === undefined ? '' : `, passed over: ${why.en}`}`,
    zh: `  ${endpointText(one)}  权重 ${weight}，活动 ${active}，非活动 ${inactive}${why === undefined ? '' : `，跳过：${why.zh}`}`,
  };
}

function routeWords({ to, interface: out, nextHop, mtu }: Of<'route'>): Words {
  if (out === undefined) return { en: `route to ${to}: none`, zh: `到 ${to} 的路由：没有` };
  const via = nextHop === undefined || nextHop === to ? '' : ` via ${nextHop}`;
  const size = mtu === undefined ? '' : `, MTU ${mtu}`;
  return { en: `route to ${to}: ${out}${via}${size}`, zh: `到 ${to} 的路由：${out}${via}${size.replace(', ', '，')}` };
}
