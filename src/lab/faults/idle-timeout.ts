import type { Fault } from '../fault.ts';
import { addCommands, changeHosts } from '../plant.ts';

/** Seconds after which the director forgets, and after which the client's program speaks again. */
const TIMEOUT = 10;
const SILENT = 25;

export const fault: Fault = {
  id: 'idle-timeout',
  level: 3,
  latent: true,
  ripens: TIMEOUT,
  title: {
    en: 'Connections are idle for longer than the director remembers them',
    zh: '连接空闲的时间比调度器记得的还长',
  },
  follows: {
    en: `A program keeps its connections for later (as pools do). The director forgets one that says nothing for ${TIMEOUT} s; when it is used after ${SILENT} s, nobody knows it any more. Requests on new connections are fine.`,
    zh: `有程序把连接留着以后用（连接池就是这样）。静默 ${TIMEOUT} 秒，调度器就忘了；${SILENT} 秒后再用它时，已经没有人认识。新连接上的请求一切正常。`,
  },
  hints: [
    {
      en: 'New connections work. ss -nt on the client: which others are there?',
      zh: '新连接都正常。在客户端上 ss -nt：还有哪些连接？',
    },
    { en: 'ipvsadm -L -n -c on the director: the column expire.', zh: '在调度器上 ipvsadm -L -n -c：看 expire 一列。' },
    { en: 'ipvsadm -L --timeout.', zh: '看 ipvsadm -L --timeout。' },
  ],
  plant: (topology) => {
    // Persistence would be found first: all of these connections are one client's.
    if (topology.commands.some(({ line }) => / -p \d/.test(line))) return undefined;
    const planted = addCommands(topology, `ipvsadm --set ${TIMEOUT} 0 0`);
    return changeHosts(planted, 'client', (host) => ({
      ...host,
      habits: [{ kind: 'idles', every: 500, silent: SILENT }],
    }));
  },
};
