import { sysctlKey } from './step.ts';
import type { Fact, FactOf } from './fact.ts';
import type { SetupRole } from './record.ts';

export interface PersistOptions {
  role: SetupRole;
  /** `/etc`, or another root for it. */
  etc: string;
  /** The command that sets up again, each word on its own. */
  command: readonly string[];
}

const UNIT_ORDER = 'Wants=network-online.target\nAfter=network-online.target';

/**
 * The files that bring a set-up back after a restart of the machine: sysctl.d for the settings, which then hold before the first
 * packet, and a unit of systemd that repeats the command for the rest.
 */
export function persistFacts(facts: readonly Fact[], { role, etc, command }: PersistOptions): Fact[] {
  const unit = `weir-${role}.service`;
  const settings = facts.filter((fact): fact is FactOf<'sysctl'> => fact.kind === 'sysctl');
  return [
    {
      kind: 'file',
      path: `${etc}/sysctl.d/60-weir-${role}.conf`,
      content: settings.map(({ path, value }) => `${sysctlKey(path)} = ${value}\n`).join(''),
      why: { en: 'The same settings at the next boot.', zh: '下次开机时同样的内核参数。' },
    },
    {
      kind: 'file',
      path: `${etc}/systemd/system/${unit}`,
      content: unitText(role, command),
      why: { en: 'Addresses, routes and neighbours at the next boot.', zh: '下次开机时同样的地址、路由和静态 ARP。' },
    },
    {
      kind: 'link',
      path: `${etc}/systemd/system/multi-user.target.wants/${unit}`,
      target: `${etc}/systemd/system/${unit}`,
      why: { en: `What systemctl enable ${unit} does.`, zh: `即 systemctl enable ${unit}。` },
    },
  ];
}

/** A word as systemd.syntax(7) and systemd.service(5) want it: in quotes where it has blanks, without specifiers and variables. */
function unitWord(word: string): string {
  const plain = word.replaceAll('%', '%%').replaceAll('$', '$$$$');
  return /[\s"'\\;]/u.test(plain) ? `"${plain.replaceAll(/["\\]/gu, '\\$&')}"` : plain;
}

function unitText(role: SetupRole, command: readonly string[]): string {
  const title = role === 'director' ? 'Weir, set-up of a director' : 'Weir, set-up of a real server';
  return `[Unit]
Description=${title}
${UNIT_ORDER}

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=${command.map(unitWord).join(' ')}

[Install]
WantedBy=multi-user.target
`;
}
