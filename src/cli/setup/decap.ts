import type { Command } from 'commander';
import { WeirError } from '../../base/error.ts';
import { GUE_PORT } from '../../net/gue.ts';
import { hostAddresses } from '../../setup/check.ts';
import { bringUp, decapFolder, decapStatus, takeDown, type DecapStatus } from '../../setup/decap/decap.ts';
import { DECAP_REASON_WORDS } from '../../setup/decap/reasons.ts';
import { readMachine } from '../../setup/machine.ts';
import type { Language } from '../../base/words.ts';
import { languageOption, type LanguageOptions } from '../options/language.ts';
import { listOf } from '../options/name-list.ts';
import { wholeNumber } from '../options/number.ts';
import { alignColumns, print, printJson } from '../terminal/output.ts';

interface UpFlags {
  vip: string[];
  interface?: string[];
  guePort: number;
}

interface StatusFlags extends LanguageOptions {
  json?: boolean;
}

/** `weir decap`: the real servers' part of tunnelling, where the kernel has no device for it. */
export function register(program: Command): void {
  const parent = program
    .command('decap')
    .summary('unwrap tunnels on a real server')
    .description(
      'Unwraps ipip, GRE and GUE on a real server, in the kernel and without a process. `weir realserver` does it too.',
    );
  parent
    .command('up')
    .description('unwrap what arrives for these VIPs; again, to change it')
    .requiredOption(
      '--vip <addresses>',
      'the only destinations inside a tunnel that are unwrapped',
      listOf('addresses'),
    )
    .option(
      '--interface <names>',
      'where tunnels arrive (default: all Ethernet interfaces that are up)',
      listOf('names of interfaces'),
    )
    .option('--gue-port <port>', 'UDP port of GUE', wholeNumber(1, 65_535), GUE_PORT)
    .action(up);
  parent.command('down').description('end it').addOption(languageOption()).action(down);
  parent
    .command('status')
    .description('what is unwrapped, and what became of packets')
    .option('--json', 'print JSON')
    .addOption(languageOption())
    .action(status);
}

async function up({ vip, interface: devices, guePort }: UpFlags): Promise<void> {
  const vips = hostAddresses(vip, 'virtual service');
  requireRoot();
  bringUp(decapFolder(), { vips, devices: devices ?? (await devicesUp()), guePort });
}

async function devicesUp(): Promise<string[]> {
  const names = (await readMachine()).links.filter((link) => link.ethernet && link.up).map(({ name }) => name);
  if (names.length > 0) return names;
  throw new WeirError('USAGE', 'no Ethernet interface of this host is up', { fix: 'ip link set NAME up' });
}

async function down({ lang }: LanguageOptions): Promise<void> {
  requireRoot();
  if (!takeDown(decapFolder())) await print(NOTHING_WAS[lang]);
}

const NOTHING_WAS = { en: 'nothing was unwrapped\n', zh: '本来就没有在解封装\n' };

async function status({ json, lang }: StatusFlags): Promise<void> {
  requireRoot();
  const found = decapStatus(decapFolder());
  if (json === true) return await printJson(found ?? null);
  await print(found === undefined ? NOTHING[lang] : statusText(found, lang));
}

const NOTHING = { en: 'nothing is unwrapped: weir decap up\n', zh: '没有在解封装：用 weir decap up 开始\n' };
const LABELS = {
  en: { devices: 'interfaces', port: 'GUE port', vip: 'VIP', overhead: 'bytes of tunnel' },
  zh: { devices: '网卡', port: 'GUE 端口', vip: 'VIP', overhead: '隧道头字节数' },
};

function statusText({ devices, guePort, overheads, counts }: DecapStatus, language: Language): string {
  const labels = LABELS[language];
  const head = alignColumns([
    [labels.devices, devices.join(', ')],
    [labels.port, String(guePort)],
  ]);
  const vips = alignColumns([[labels.vip, labels.overhead], ...Object.entries(overheads)]);
  const reasons = counts.map(({ reason, packets }) => [packets, reason, DECAP_REASON_WORDS[reason][language]]);
  return `${head}\n${vips}${reasons.length === 0 ? '' : `\n${alignColumns(reasons)}`}`;
}

function requireRoot(): void {
  if (process.geteuid?.() === 0) return;
  throw new WeirError('PRIVILEGE_MISSING', 'only root can attach programs to interfaces', {
    expected: 'user root',
    found: `user id ${process.geteuid?.() ?? 'unknown'}`,
    fix: 'repeat the command with sudo',
  });
}
