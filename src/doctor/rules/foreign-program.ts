import type { Stranger } from '../../engine/engine.ts';
import type { Rule, Text } from '../finding.ts';

/**
 * A program of somebody else at XDP, or a program or filter before Weir's at TC, has packets first. Whose it is and whether it is wanted only people know, so no
 * command takes it off by itself.
 */
export const foreignProgram: Rule = {
  id: 'foreign-program',
  number: 34,
  looks: ['director'],
  faults: ['foreign-program'],
  title: {
    en: 'A program of somebody else has packets before the director',
    zh: '别人的程序在调度器之前拿到报文',
  },
  examine({ director }) {
    if (director === undefined) return [];
    return director.strangers.map((stranger) => ({
      severity: 'warning',
      confidence: stranger.instead ? 'certain' : 'possible',
      host: director.host.name,
      evidence: [{ command: shownBy(stranger), value: described(stranger) }],
      explanation: stranger.instead ? replaced(stranger) : preceded(stranger),
      fix: undefined,
    }));
  },
};

function preceded(stranger: Stranger): Text {
  const { interface: nic, hook, program } = stranger;
  const what: Text = program === undefined ? { en: 'filter', zh: '过滤器' } : { en: 'program', zh: '程序' };
  const place = hook === 'xdp' ? 'XDP' : 'TC';
  const unseen: Text =
    hook === 'xdp'
      ? { en: 'no capture and no counter of the director shows it', zh: '抓包看不到，调度器的计数器也看不到' }
      : { en: 'a capture shows it, and no counter of the director', zh: '抓包看得到，调度器的计数器里没有' };
  const off = takenOffBy(stranger);
  return {
    en: `What this ${what.en} at ${place} drops or sends on by itself does not come to the director, and ${unseen.en}. If clients on ${nic} wait in vain, ask whose it is; if nobody wants it: ${off}`,
    zh: `${place} 上的这个${what.zh}丢弃或自行转走的报文到不了调度器，${unseen.zh}。如果从 ${nic} 进来的客户端得不到回答，先弄清它是谁的；没有人需要的话：${off}`,
  };
}

function replaced(stranger: Stranger): Text {
  const { interface: nic } = stranger;
  const off = takenOffBy(stranger);
  return {
    en: `It has the place of the director's own XDP program. The director serves ${nic} by TC, slower, with what this program passes on, and takes the place once it is free: ${off}. Or let both be: weir run --hook tc`,
    zh: `它占着调度器自己的 XDP 程序的位置。调度器改由 TC 服务 ${nic}，慢一些，也只收到这个程序放行的报文；位置一空出来就会挂上去：${off}。想让两者并存，就用 weir run --hook tc`,
  };
}

/** What shows it again. The bpftool of Debian 12 does not know tcx: it shows the program, and not where it is. */
function shownBy({ interface: nic, hook, program }: Stranger): string {
  if (hook === 'xdp') return `ip -details link show ${nic}`;
  return hook === 'clsact' ? `tc filter show dev ${nic} ingress` : `bpftool prog show id ${program}`;
}

/** The words of these tools. */
function described({ interface: nic, hook, program, name, mode, link, priority }: Stranger): string {
  const place = hook === 'xdp' ? `xdp (${mode})` : hook === 'tcx' ? `${nic} tcx/ingress` : `filter pref ${priority}`;
  return [place, program === undefined ? '' : `prog_id ${program}`, name, link === undefined ? '' : `link_id ${link}`]
    .filter(Boolean)
    .join(' ');
}

const MODES = { native: 'xdpdrv', generic: 'xdpgeneric', offloaded: 'xdpoffload' } as const;

/** The command that takes it off, by how it is attached. */
function takenOffBy({ interface: nic, hook, mode = 'native', link, priority }: Stranger): string {
  if (link !== undefined) return `bpftool link detach id ${link}`;
  if (hook === 'xdp') return `ip link set dev ${nic} ${MODES[mode]} off`;
  return hook === 'clsact'
    ? `tc filter del dev ${nic} ingress pref ${priority}`
    : `bpftool net detach tcx_ingress dev ${nic} (Linux 6.12)`;
}
