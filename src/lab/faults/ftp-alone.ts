import type { Fault } from '../fault.ts';
import { addCommands, changeHosts } from '../plant.ts';

const FTP = 21;

export const fault: Fault = {
  id: 'ftp-alone',
  level: 2,
  latent: true,
  title: { en: 'FTP is balanced by its port 21 alone', zh: '只均衡了 FTP 的 21 端口' },
  follows: {
    en: 'Logging in works. The server then names another port for the data, which is no service of the director: the transfer is refused, or hangs. Persistence over all ports (-t VIP:0 -p) keeps a client’s connections together.',
    zh: '能登录。之后服务器为数据另报一个端口，而那不是调度器的虚拟服务：传输被拒绝，或者卡住。对所有端口做持久连接（-t VIP:0 -p）才能让一个客户端的连接待在一起。',
  },
  hints: [
    { en: 'The web is answered. What else does the director serve?', zh: '网页正常。调度器还提供什么服务？' },
    {
      en: 'ipvsadm -L -n. Which of these protocols needs more than one port?',
      zh: 'ipvsadm -L -n。其中哪个协议要用不止一个端口？',
    },
  ],
  /** The rules once more, for port 21. */
  plant: (topology) => {
    const { port } = topology.service;
    const rules = topology.commands
      .map(({ line }) => line)
      .filter((line) => /^(ipvsadm|weir rule) -[Aa] -t /.test(line))
      .map((line) => line.replaceAll(new RegExp(`:${port}(?= |$)`, 'g'), `:${FTP}`));
    if (rules.length === 0) return undefined;
    return changeHosts(addCommands(topology, ...rules), 'real server', (host) => ({
      ...host,
      servers: [...(host.servers ?? []), { kind: 'web', port: FTP }],
    }));
  },
};
