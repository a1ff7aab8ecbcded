import { dirname, join } from 'node:path';
import { Option, type Command } from 'commander';
import type { Language } from '../../base/words.ts';
import { languageOption } from '../options/language.ts';
import { listOf } from '../options/name-list.ts';
import { wholeNumber } from '../options/number.ts';
import { socketOption } from '../options/socket.ts';
import { untilInterrupted } from '../terminal/interrupt.ts';
import { print, printJson } from '../terminal/output.ts';
import { PcapngFile } from './file.ts';
import { defaultFilter, servicesOf, type WatchedServices } from './filter.ts';
import { headings, jsonLine, lineWidth, packetBlock, packetLine, pointName, summaryText } from './output.ts';
import { hostPoints, labPoints, type Watch } from './points.ts';
import { captureAt } from './session.ts';

interface CaptureFlags {
  public?: string[];
  private?: string[];
  lab?: string | true;
  service?: string[];
  write?: string;
  count?: number;
  seconds?: number;
  json?: boolean;
  summary?: boolean;
  quiet?: boolean;
  lang: Language;
  socket: string;
}

const XDP = {
  en: 'has an XDP program that shows nothing: what it forwards is not seen here (weir run --hook tc)',
  zh: '上有 XDP 程序，而它不作显示：它转发的数据包在这里看不到（weir run --hook tc）',
} as const;
const LISTENING = { en: 'listening at', zh: '正在监听' } as const;

/** `weir capture`: both sides of the director next to each other. */
export function register(program: Command): void {
  program
    .command('capture')
    .summary('packets on both sides of the director, next to each other')
    .description(
      'Runs tcpdump at several interfaces and shows each packet once, with its addresses at each of them.\n' +
        'The filter is one of pcap-filter(7); without one, the services of the director and their real servers.',
    )
    .argument('[filter...]', 'which packets, in the syntax of pcap')
    .option('--public <names>', "interfaces on the clients' side", listOf('names of interfaces'))
    .option('--private <names>', "interfaces on the real servers' side", listOf('names of interfaces'))
    .option('--lab [id]', 'every interface of a lab, those of clients and real servers too')
    .option('--service <address:port>', 'what clients ask for, where no director can be asked', listOf('ADDRESS:PORT'))
    .option('-w, --write <file>', 'also write a pcapng file, an interface for each point')
    .option('-c, --count <packets>', 'end after so many packets', wholeNumber(1, 1_000_000_000))
    .option('-s, --seconds <seconds>', 'end after so many seconds', wholeNumber(1, 86_400))
    .option('--json', 'a JSON object for each packet')
    .option('--summary', 'at the end, what the packets tell')
    .addOption(new Option('-q, --quiet', 'only the summary').implies({ summary: true }))
    .addOption(languageOption())
    .addOption(socketOption())
    .action(capture);
}

async function capture(words: readonly string[], flags: CaptureFlags): Promise<void> {
  const watches = flags.lab === undefined ? hostPoints(flags) : labPoints(flags.lab === true ? undefined : flags.lab);
  const services = await servicesOf(watches.socket ?? flags.socket, flags.service ?? watches.services);
  const filter = words.length > 0 ? words.join(' ') : defaultFilter(services);
  await untilInterrupted(async (signal) => await show(watches.list, services, filter, flags, signal));
}

async function show(
  watches: readonly Watch[],
  services: WatchedServices,
  filter: string,
  flags: CaptureFlags,
  signal: AbortSignal,
): Promise<void> {
  const points = watches.map(({ point }) => point);
  const file = flags.write === undefined ? undefined : new PcapngFile(flags.write, points, filter);
  const shown = flags.quiet !== true;
  const isNarrow = process.stdout.isTTY && process.stdout.columns < lineWidth(points.length);
  try {
    const outcome = await captureAt(watches, services, {
      filter,
      signal,
      ...(flags.count === undefined ? {} : { count: flags.count }),
      ...(flags.seconds === undefined ? {} : { seconds: flags.seconds }),
      // In a lab the other end of each cable is listened at.
      ...(flags.lab === undefined ? { pins: join(dirname(flags.socket), 'bpf') } : {}),
      onListening: async (seesXdp) => {
        for (const { nic, xdp } of watches) if (xdp && !seesXdp) process.stderr.write(`${nic} ${XDP[flags.lang]}\n`);
        process.stderr.write(`${LISTENING[flags.lang]} ${points.map(pointName).join(', ')}: ${filter}\n`);
        if (shown && flags.json !== true && !isNarrow) await print(headings(points, flags.lang));
      },
      onOther: (frame) => file?.other(frame),
      onPacket: async (packet, began) => {
        file?.packet(packet);
        if (!shown) return;
        if (flags.json === true) await print(`${jsonLine(packet, points)}\n`);
        else await print((isNarrow ? packetBlock : packetLine)(packet, points, began, flags.lang));
      },
    });
    file?.close();
    if (flags.summary !== true) return;
    if (flags.json === true) await printJson({ summary: outcome.summary, dropped: outcome.dropped });
    else await print(summaryText(outcome, flags.lang));
  } finally {
    file?.close();
  }
}
