import { Option, type Command } from 'commander';
import { WeirError } from '../../base/error.ts';
import { defaultStateFolder } from '../../daemon/paths.ts';
import { bedsOf, consult, shellsOf, type Clinic } from '../../doctor/consult.ts';
import { examine, unheard, unseen } from '../../doctor/examine.ts';
import type { Language } from '../../doctor/finding.ts';
import { reportText, unheardText, unseenText } from '../../doctor/report.ts';
import { RULES } from '../../doctor/rules/index.ts';
import { isIpAddress } from '../../net/address.ts';
import { languageOption } from '../options/language.ts';
import { socketOption, type SocketOptions } from '../options/socket.ts';
import { EXIT } from '../terminal/exit-codes.ts';
import { alignColumns, print, printJson } from '../terminal/output.ts';
import { directorClinic, labClinic, realServerClinic, shellsMeant, simulatedLabClinic } from './clinic.ts';
import { mend, takeBack } from './mend.ts';

interface DoctorFlags extends SocketOptions {
  lab?: string | true;
  engine: 'netns' | 'sim';
  fault: string[];
  via: string[];
  realServer?: boolean;
  method?: keyof typeof METHODS;
  vip?: string;
  port: string;
  director: string[];
  lang: Language;
  fix?: boolean;
  yes?: boolean;
  undo?: boolean;
  state: string;
  rules?: boolean;
  json?: boolean;
}

const METHODS = { dr: 'route', tun: 'tunnel', nat: 'masquerade' } as const;

/** `weir doctor`: why does it not work? */
export function register(program: Command): void {
  program
    .command('doctor')
    .summary('find out why it does not work')
    .description(
      'Looks at the director, and at the real servers that it can reach, tries the way of a connection, and names the\n' +
        'misconfigurations it finds, each with what it saw and the one command that mends it.\n' +
        'Exit code: 0 nothing is wrong (there may be warnings), 1 at least one error was found.',
    )
    .argument('[vip:port]', 'look at this service only')
    .option('--lab [id]', 'look at a lab: its director and all its real servers')
    .addOption(
      new Option('--engine <engine>', 'with --lab: a lab that stands, or the topology of this name in memory')
        .choices(['netns', 'sim'])
        .default('netns'),
    )
    .option('--fault <id>', 'in memory: with this fault in it; may be given again', collect, [])
    .option('--via <[name=]ssh://user@host>', 'a real server that is reached by ssh; may be given again', collect, [])
    .option('--real-server', 'this host is a real server: see whether it is set up for its method')
    .addOption(new Option('--method <method>', 'with --real-server').choices(Object.keys(METHODS)))
    .option('--vip <address>', 'with --real-server: the VIP it serves')
    .option('--port <port>', 'with --real-server: the port it serves', '80')
    .option('--director <address>', 'with --real-server: an address of the director; may be given again', collect, [])
    .addOption(languageOption())
    .option('--fix', 'show the commands that mend what was found, ask, and type them')
    .option('--yes', 'with --fix: do not ask')
    .option('--undo', 'take back what the last --fix has done')
    .option('--state <folder>', 'where mendings are recorded ($WEIR_STATE)', defaultStateFolder())
    .option('--rules', 'list everything the doctor knows to look for')
    .option('--json', 'print JSON')
    .addOption(socketOption())
    .action(doctor);
}

function collect(value: string, before: string[]): string[] {
  return [...before, value];
}

async function doctor(service: string | undefined, flags: DoctorFlags): Promise<void> {
  if (flags.rules === true) return await listRules(flags);
  if (flags.undo === true) {
    const { lab, via, realServer = false } = flags;
    return await takeBack(flags.state, shellsMeant({ lab, via }, realServer), flags.lang);
  }
  const clinic = await clinicOf(service, flags);
  const patient = await consult(clinic);
  const findings = examine(patient);
  const open = unseen(patient);
  const mute = unheard(patient);
  if (flags.json === true) {
    await printJson({ hosts: bedsOf(clinic).map(({ name }) => name), findings, unseen: open, unheard: mute });
  } else {
    const missing = patient.director === undefined ? 'director' : 'server';
    const left = `${unheardText(mute, flags.lang)}${unseenText(open, missing, flags.lang)}`;
    await print(`${reportText(findings, flags.lang)}${left}`);
  }
  process.exitCode = findings.some(({ severity }) => severity === 'error') ? EXIT.failed : EXIT.ok;
  if (flags.fix !== true) return;
  const { state, yes = false, json = false, lang: language } = flags;
  await mend(findings, shellsOf(clinic), { state, yes, language, stream: json ? process.stderr : process.stdout });
}

async function listRules({ lang, json = false }: DoctorFlags): Promise<void> {
  if (json) await printJson(RULES.map(({ id, number, title }) => ({ id, number, title })));
  else await print(alignColumns(RULES.map(({ id, number, title }) => [number, id, title[lang]])));
}

async function clinicOf(service: string | undefined, flags: DoctorFlags): Promise<Clinic> {
  const { socket, lab, via, realServer = false } = flags;
  if (realServer) return realServerClinic(dutyOf(flags), flags.director.map(address));
  const options = { socket, service, lab, via };
  const inMemory = flags.engine === 'sim';
  const mends = flags.fix === true || flags.undo === true;
  if ((inMemory && (lab === undefined || mends)) || (!inMemory && flags.fault.length > 0)) {
    throw new WeirError('USAGE', '--engine sim and --fault are for a topology in memory, where nothing is mended', {
      fix: 'weir doctor --lab dr --engine sim --fault vip-missing',
    });
  }
  if (inMemory && lab !== undefined) return await simulatedLabClinic(lab, flags.fault, service);
  return lab === undefined ? await directorClinic(options) : await labClinic(options);
}

function dutyOf({ method, vip, port }: DoctorFlags) {
  if (method === undefined || vip === undefined) {
    throw new WeirError('USAGE', '--real-server needs to know what it serves', {
      expected: '--method dr|tun|nat and --vip ADDRESS',
      fix: 'weir doctor --real-server --method dr --vip 10.0.0.1 --port 80',
    });
  }
  if (!/^\d{1,5}$/u.test(port) || Number(port) > 65_535)
    throw new WeirError('USAGE', '--port takes a port', { expected: '0 to 65535', found: port });
  return { method: METHODS[method], vip: address(vip), port: Number(port) };
}

function address(text: string): string {
  if (isIpAddress(text)) return text;
  throw new WeirError('ADDRESS_INVALID', 'this is no IP address', { expected: '10.0.0.1 or 2001:db8::1', found: text });
}
