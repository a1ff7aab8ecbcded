import type { Fault } from '../fault.ts';
import { changeRules } from '../plant.ts';

const WEIGHT = 200;

export const fault: Fault = {
  id: 'sh-table',
  level: 2,
  latent: true,
  title: {
    en: 'Scheduler sh, with weights that its table cannot hold',
    zh: '用了 sh 调度，权重却超出了它的散列表',
  },
  follows: {
    en: `sh deals out 256 buckets, to each server as many as its weight. With ${WEIGHT} for each, the last in the list get few or none, whatever their weight says.`,
    zh: `sh 一共只有 256 个桶，按权重一台一台地分。每台都要 ${WEIGHT} 个，排在后面的就只剩一点，甚至没有，权重写多少都没用。`,
  },
  hints: [
    {
      en: 'Nobody fails. Is the load spread as the weights say? It would take many clients to see.',
      zh: '没有人失败。负载是按权重分的吗？要有很多客户端才看得出来。',
    },
    { en: 'ipvsadm -L -n: scheduler, and the sum of the weights.', zh: 'ipvsadm -L -n：看调度算法，再把权重加起来。' },
  ],
  plant: (topology) =>
    changeRules(topology, (line) => {
      if (line.startsWith('ipvsadm -A ')) return line.replace(/ -s \w+/, ' -s sh');
      if (/^(ipvsadm|weir rule) -a /.test(line)) return `${line.replace(/ -w \d+/, '')} -w ${WEIGHT}`;
      return line;
    }),
};
