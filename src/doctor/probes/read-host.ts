import { WeirError } from '../../base/error.ts';
import { TOOLS, type HostFacts } from '../facts.ts';
import { readCounters, grownCounters } from './counters.ts';
import { readFeatures } from './features.ts';
import { readFirewall } from './firewall.ts';
import { readAddresses, readNeighbours, readRoutes } from './ip-facts.ts';
import { readHalfOpen, readListeners } from './listeners.ts';
import { readSections, sectionScript } from './sections.ts';
import { runScript, type Shell } from './shell.ts';
import { readSysctls } from './sysctls.ts';
import { readUnwraps } from './unwraps.ts';

/** What moves while the doctor looks. */
const MOVING = {
  halfOpen: 'ss -Hnt state syn-recv',
  nft: 'nft -json list ruleset',
  arptables: 'arptables-save 2>/dev/null || arptables -L -n',
  counters: 'cat /proc/net/snmp /proc/net/netstat /proc/net/snmp6 /proc/net/stat/rt_cache',
} as const;

/** What the doctor asks a host, by its usual tools; nothing is changed. */
const QUESTIONS = {
  ...MOVING,
  addresses: 'ip -json -details address show',
  routes4: 'ip -json route show table all',
  routes6: 'ip -json -6 route show table all',
  neighbours: 'ip -json neighbour show',
  sysctls:
    'cd /proc/sys && grep -s . net/ipv4/ip_forward net/ipv4/conf/*/* net/ipv4/vs/* net/ipv4/tcp_keepalive_time net/ipv6/conf/*/forwarding net/ipv6/conf/*/accept_dad',
  listeners: 'ss -Hlntu',
  rules: '[ -n "$WEIR_SOCKET" ] && [ ! -S "$WEIR_SOCKET" ] || ipvsadm -S -n',
  decap: 'own="${WEIR_SOCKET:-/run/weir/weir.sock}"; [ -d "${own%/*}/decap" ] && weir decap status --json',
  mute: `for tool in ${TOOLS.join(' ')}; do command -v $tool > /dev/null || echo $tool; done; command -v nft > /dev/null && { nft list tables > /dev/null || echo nft; }`,
  features: `sed -n 's/^ *\\([^:]*\\):.*/\\1/p' /proc/net/dev | while read -r nic; do ethtool -k "$nic"; done`,
} as const;

/** A host as it was at one moment. */
export interface HostReading {
  facts: HostFacts;
  /** The kernel's counters since it started. */
  totals: Readonly<Record<string, number>>;
}

type Question = keyof typeof QUESTIONS;

/**
 * Asks a host.
 * @param before an earlier reading: only what moves is asked again, and `facts.counters` is what has grown since
 * @throws WeirError DOCTOR_FAILED where the host cannot be asked, TOOL_MISSING
 */
export async function readHost(shell: Shell, before?: HostReading): Promise<HostReading> {
  const { stdout, stderr, code } = await runScript(shell, sectionScript(before === undefined ? QUESTIONS : MOVING));
  const sections = readSections(stdout);
  const text = (name: Question): string => sections.get(name) ?? '';
  const totals = readCounters(text('counters'));
  const moving = { firewall: readFirewall(text('nft'), text('arptables')), halfOpen: readHalfOpen(text('halfOpen')) };
  if (before !== undefined) {
    return { facts: { ...before.facts, ...moving, counters: grownCounters(before.totals, totals) }, totals };
  }
  if (text('addresses').trim() === '') {
    throw new WeirError('DOCTOR_FAILED', `cannot ask ${shell.name} for its addresses`, {
      expected: 'the program `ip` (iproute2) and a shell',
      found: stderr.trim() || `exit code ${code}`,
      where: [...shell.prefix, 'sh'].join(' '),
    });
  }
  return { facts: { name: shell.name, ...standing(text), ...moving, counters: {} }, totals };
}

/** What stands as long as nobody changes it. */
function standing(text: (name: Question) => string): Omit<HostFacts, 'name' | 'counters' | 'firewall' | 'halfOpen'> {
  return {
    interfaces: readAddresses(text('addresses'), readFeatures(text('features'))),
    routes: [...readRoutes(text('routes4')), ...readRoutes(text('routes6'))],
    neighbours: readNeighbours(text('neighbours')),
    sysctls: readSysctls(text('sysctls')),
    listeners: readListeners(text('listeners')),
    rules: text('rules')
      .split('\n')
      .filter((line) => line.startsWith('-')),
    unwraps: readUnwraps(text('decap')),
    mute: TOOLS.filter((tool) => text('mute').split('\n').includes(tool)),
  };
}
