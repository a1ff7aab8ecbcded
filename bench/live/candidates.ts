import { BpfMap, indexKey } from '../../src/kernel/bpf-map.ts';
import { loadObject } from '../../src/kernel/bpf-object.ts';
import { findInterface } from '../../src/kernel/interfaces.ts';
import { insideNamespace } from '../../src/kernel/namespace.ts';
import { run } from '../../src/kernel/process.ts';
import { visitNamespace } from '../../src/kernel/visit-namespace.ts';
import { attachTc } from '../far-ends.ts';
import { benchObject } from '../objects.ts';
import { must } from '../programs.ts';
import type { ToolName } from '../tools.ts';
import { ADDRESS, NIC, type Trio } from '../trio.ts';
import { restoreRules, startWeir } from '../weir.ts';

/** A port of the VIP that everything forwards. */
export const PORT = 80;

/** Something that crafted frames are sent through. */
export interface LiveCandidate {
  name: string;
  title: string;
  setup: string;
  tools: readonly ToolName[];
  /** Where it forwards, and so where the server swallows. */
  hook: 'xdp' | 'tc';
  address: string;
  /** Where the frames end; the server unless it says otherwise. */
  swallowedAt?: 'director';
  /** Flags of the segments that open a connection before those that are counted. */
  opening: readonly string[];
  start(trio: Trio, root: string): Promise<void>;
}

const METHODS = { '-m': 'NAT', '-g': 'DR' } as const;
type Method = keyof typeof METHODS;

function rulesOf(method: Method): string[] {
  const service = `${ADDRESS.vip}:${PORT}`;
  const real = `${ADDRESS.rip}:${method === '-m' ? 8080 : PORT}`;
  return [`-A -t ${service} -s rr`, `-a -t ${service} -r ${real} ${method}`];
}

/** Weir by masquerading (`-m`) or direct routing (`-g`). */
export function weirOn(hook: 'xdp' | 'tc', method: Method): LiveCandidate {
  const name = `weir-${hook}${method === '-m' ? '' : '-dr'}`;
  return weir(hook, rulesOf(method), { name, title: `Weir ${METHODS[method]} on ${hook.toUpperCase()}` });
}

/** The same as NAT on TC, while a real server of another service is the director itself: programs look at what leaves, too. */
export const weirWithOwnServer: LiveCandidate = weir(
  'tc',
  [...rulesOf('-m'), `-A -t ${ADDRESS.vip}:81 -s rr`, `-a -t ${ADDRESS.vip}:81 -r ${ADDRESS.dip}:81 -m`],
  { name: 'weir-tc-own', title: 'Weir NAT on TC, beside a real server of its own' },
);

function weir(
  hook: 'xdp' | 'tc',
  rules: readonly string[],
  named: Pick<LiveCandidate, 'name' | 'title'>,
): LiveCandidate {
  return {
    ...named,
    setup: `\`weir run --hook ${hook}\`, ${rules.map((line) => `\`${line}\``).join(', ')}`,
    tools: [],
    hook,
    address: ADDRESS.vip,
    opening: ['S', 'A'],
    async start(trio, root) {
      await startWeir(trio, { root, hook });
      await restoreRules(trio, root, rules);
    },
  };
}

const RULES = `
table ip balance {
  chain prerouting {
    type nat hook prerouting priority dstnat;
    ip daddr ${ADDRESS.vip} tcp dport ${PORT} dnat to ${ADDRESS.rip}:8080
  }
}
`;

export const nftables: LiveCandidate = {
  name: 'nftables',
  title: 'nftables DNAT',
  setup: 'one rule `dnat to` in prerouting; `nf_conntrack_checksum=0`, since a network card would have checked them',
  tools: ['nft'],
  hook: 'tc',
  address: ADDRESS.vip,
  // Without an answer of the server it takes a segment after a SYN for invalid; a connection that it meets midway it takes up.
  opening: ['A'],
  async start({ director }) {
    await must(director, ['sh', '-c', 'echo 0 > /proc/sys/net/netfilter/nf_conntrack_checksum || true']);
    await must(director, ['nft', '--file', '-'], { input: RULES });
    await must(director, ['sh', '-c', 'echo 0 > /proc/sys/net/netfilter/nf_conntrack_checksum']);
  },
};

export const direct: LiveCandidate = {
  name: 'direct',
  title: 'routing alone',
  setup: 'nothing but `ip_forward`; the frames are addressed to the real server',
  tools: [],
  hook: 'tc',
  address: ADDRESS.rip,
  opening: [],
  start: () => Promise.resolve(),
};

/** What TC itself costs: nothing can forward there for less. */
export const redirection: LiveCandidate = {
  name: 'redirect',
  title: 'a redirect on TC alone',
  setup: 'a TC program that looks nothing up, writes both MAC addresses and redirects (bench/bpf/redirect.bpf.c)',
  tools: [],
  hook: 'tc',
  address: ADDRESS.vip,
  opening: [],
  async start({ director, server }) {
    const object = loadObject(benchObject('redirect'), { reuse: new Map(), sizes: new Map() });
    const target = await visitNamespace(server, () => findInterface('eth0'));
    await visitNamespace(director, () => {
      const out = findInterface(NIC.servers);
      const way = [indexKey(out.index), ...[target, out].map(({ mac }) => Buffer.from(mac.replaceAll(':', ''), 'hex'))];
      new BpfMap(object.maps.get('way') ?? -1, 'way').set(0, Buffer.concat(way));
      attachTc(object.program('redirect_tc'), findInterface(NIC.clients));
    });
  },
};

/** The director's interface swallows: what is left of a measurement when nothing is forwarded. */
export const generatorAlone: LiveCandidate = {
  name: 'generator',
  title: 'generator alone',
  setup: "an XDP program at the director's interface counts and drops",
  tools: [],
  hook: 'xdp',
  address: ADDRESS.vip,
  opening: [],
  swallowedAt: 'director',
  start: () => Promise.resolve(),
};

/** The kernel's own IPVS, by the ipvsadm of the distribution. */
export function ipvs(method: Method): LiveCandidate {
  const rules = rulesOf(method);
  return {
    name: `ipvs${method === '-m' ? '' : '-dr'}`,
    title: `IPVS ${METHODS[method]}`,
    setup: `the kernel's own, ${rules.map((line) => `\`${line}\``).join(', ')}`,
    tools: ['ipvsadm'],
    hook: 'tc',
    address: ADDRESS.vip,
    opening: ['S', 'A'],
    start: ({ director }) => must(director, ['ipvsadm', '-R'], { input: `${rules.join('\n')}\n` }),
  };
}

/** A veth takes frames of XDP only while its other end polls: it does with GRO, or with an XDP program. */
export async function letInFrames({ director }: Trio): Promise<void> {
  await run(insideNamespace(director, ['ethtool', '-K', 'eth0', 'gro', 'on']));
}
