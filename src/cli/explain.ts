import { Option, type Command } from 'commander';
import { WeirError } from '../base/error.ts';
import type { Language } from '../base/words.ts';
import { connectDirector } from '../daemon/client.ts';
import type { ExplainReply } from '../daemon/wire.ts';
import { decisionText } from '../lvs/decision-text.ts';
import { parseEndpoint } from '../lvs/endpoint.ts';
import { REASONS } from '../lvs/reason.ts';
import { REASONS_ZH } from '../lvs/reasons-zh.ts';
import { familyOf, type Protocol } from '../lvs/service.ts';
import { toHex } from '../net/bytes.ts';
import { packet, type PacketSpec } from '../net/packet.ts';
import { SCTP_CHUNK } from '../net/sctp.ts';
import { languageOption } from './options/language.ts';
import { socketOption, type SocketOptions } from './options/socket.ts';
import { print, printJson } from './terminal/output.ts';

interface ExplainFlags extends SocketOptions {
  proto: Protocol;
  flags: string;
  callId?: string;
  interface?: string;
  output: 'text' | 'json';
  lang: Language;
}

/** The port of a client that names none. */
const CLIENT_PORT = 40_000;

/** `weir explain`: every decision about one packet, without sending it. */
export function register(program: Command): void {
  program
    .command('explain')
    .summary('what would become of a packet, and why')
    .description(
      'Shows what the director would do now with a packet of a client to a virtual address, and every decision on the way. Nothing is\n' +
        'sent, changed or counted.',
    )
    .argument('<client>', 'ADDRESS or ADDRESS:PORT')
    .argument('<virtual>', 'ADDRESS:PORT')
    .addOption(new Option('--proto <protocol>', 'protocol').choices(['tcp', 'udp', 'sctp']).default('tcp'))
    .option('--flags <letters>', 'flags of the TCP segment, as tcpdump writes them', 'S')
    .option('--call-id <id>', 'the datagram is a SIP message of this call')
    .option('--interface <name>', 'where it comes in (default: where the way back to the client leads)')
    .addOption(new Option('-o, --output <format>', 'format of the output').choices(['text', 'json']).default('text'))
    .addOption(languageOption())
    .addOption(socketOption())
    .action(explain);
}

async function explain(client: string, virtual: string, flags: ExplainFlags): Promise<void> {
  const bytes = toHex(packetOf(client, virtual, flags));
  const director = await connectDirector(flags.socket);
  const { interface: name } = flags;
  const verdict = await director.explain({ packet: bytes, ...(name === undefined ? {} : { interface: name }) });
  if (flags.output === 'json') await printJson(verdict);
  else await print(verdictText(verdict, flags.lang));
}

function packetOf(client: string, virtual: string, { proto, flags, callId }: ExplainFlags): Uint8Array {
  const [from, to] = [parseEndpoint(client), parseEndpoint(virtual)];
  if (to.port === undefined) {
    throw new WeirError('USAGE', 'a packet is sent to a port', { expected: 'ADDRESS:PORT', found: virtual });
  }
  if (familyOf(from.address) !== familyOf(to.address)) {
    throw new WeirError('USAGE', 'both addresses must be of one family', { found: `${client} and ${virtual}` });
  }
  if (!/^[FSRPAUEWC.]*$/.test(flags)) {
    throw new WeirError('USAGE', 'these are no TCP flags', { expected: 'letters as in S, SA, A, FA, R', found: flags });
  }
  if (callId !== undefined && proto !== 'udp') {
    throw new WeirError('USAGE', 'calls are of UDP', { expected: '--proto udp', found: `--proto ${proto}` });
  }
  const ip = { source: from.address, destination: to.address };
  const payload = callId === undefined ? '' : `OPTIONS sip:weir SIP/2.0\r\nCall-ID: ${callId}\r\n\r\n`;
  return packet({
    ip,
    ...transport(proto, { source: from.port ?? CLIENT_PORT, destination: to.port }, flags),
    payload,
  });
}

function transport(
  proto: Protocol,
  ports: { source: number; destination: number },
  flags: string,
): Pick<PacketSpec, 'tcp' | 'udp' | 'sctp'> {
  if (proto === 'udp') return { udp: ports };
  if (proto === 'tcp') return { tcp: { ...ports, flags } };
  return { sctp: { ...ports, chunks: [{ type: SCTP_CHUNK.init, flags: 0, value: new Uint8Array(16) }] } };
}

/** The decisions in their order, then the verdict. */
export function verdictText({ action, reason, decisions, frames }: ExplainReply, language: Language = 'en'): string {
  const lines = [
    ...decisions.flatMap((decision) => decisionText(decision)[language].split('\n')),
    ...frames.map(({ interface: name, bytes }) => LEAVES[language](name, bytes.length / 2)),
  ];
  const why = language === 'en' ? REASONS[reason].text : REASONS_ZH[reason];
  return `${lines.map((line) => `  ${line}\n`).join('')}${action}: ${reason}. ${why}\n`;
}

const LEAVES = {
  en: (name: string, bytes: number) => `leaves by ${name}: ${bytes} bytes with the Ethernet header`,
  zh: (name: string, bytes: number) => `从 ${name} 发出：连以太网头 ${bytes} 字节`,
} as const satisfies Record<Language, (name: string, bytes: number) => string>;
