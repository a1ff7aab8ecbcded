import { setTimeout as sleep } from 'node:timers/promises';
import { WeirError } from '../base/error.ts';
import type { Capture } from './capture.ts';
import { serviceText } from './guide.ts';
import type { Lab } from './lab.ts';
import type { Command } from './topology.ts';
import { sentences } from './hop-sentences.ts';
import { conclusion, worldOf, type World } from './walk-sentences.ts';
import { walkTable, type TableOptions } from './walk-table.ts';
import { isUnbroken, walkConnection, type ConnectionWalk, type Journey } from './walk.ts';

/** Where the show is seen. */
export interface Stage extends TableOptions {
  print(line: string): void;
  /** Milliseconds between commands, for people to read along. */
  pace: number;
  /** Ends the show: it throws the signal's reason. */
  signal: AbortSignal;
}

const REQUESTS = 4;
const LONGEST_LINE = 110;
/** Milliseconds to wait for the last frames of a capture. */
const SETTLE = 2_000;

/**
 * Shows a lab that was built without `byHand` and without rules: types the topology's commands, sends requests, and follows one
 * of them through the network.
 * @throws WeirError LAB_FAILED if a command fails or a request is not answered
 */
export async function showLab(lab: Lab, stage: Stage): Promise<void> {
  heading(stage, 'The commands of the course notes, one by one');
  for (const command of lab.topology.commands) await typeCommand(lab, stage, command);
  heading(stage, `Requests from the client to ${serviceText(lab.topology)}`);
  await sendRequests(lab, stage);
  await type(lab, stage, lab.director, 'ipvsadm -L -n');
  heading(stage, 'The walk of one request and its reply');
  await showWalk(lab, stage);
}

async function typeCommand(lab: Lab, stage: Stage, { on, line, document, says }: Command): Promise<void> {
  stage.print('');
  say(stage, document === undefined ? says : `${says} (In the notes: ${document})`);
  await type(lab, stage, on, line);
}

/** Types a command at the prompt of a host and shows what it prints. */
async function type(lab: Lab, stage: Stage, host: string, line: string): Promise<string> {
  stage.signal.throwIfAborted();
  stage.print(`${host}# ${emphasised(stage, line)}`);
  const { code, stdout, stderr } = await lab.exec(host, line, { signal: stage.signal });
  stage.signal.throwIfAborted();
  for (const text of lines(stdout + stderr)) stage.print(text);
  if (code !== 0) {
    throw new WeirError('LAB_FAILED', `a command failed on ${host}: ${line}`, {
      found: `exit code ${code}${stderr === '' ? '' : `, ${stderr.trim()}`}`,
      where: `lab ${lab.id}`,
    });
  }
  await sleep(stage.pace, undefined, { signal: stage.signal });
  return stdout;
}

async function sendRequests(lab: Lab, stage: Stage): Promise<void> {
  const answers = new Map<string, number>();
  for (let request = 0; request < REQUESTS; request++) {
    const who = (await type(lab, stage, lab.client, curl(lab))).trim();
    answers.set(who, (answers.get(who) ?? 0) + 1);
  }
  stage.print('');
  say(stage, `Who answered: ${[...answers].map(([who, count]) => `${who} ${count} times`).join(', ')}.`);
  stage.print('');
}

function curl(lab: Lab): string {
  return `curl -sS --max-time 5 http://${serviceText(lab.topology)}/`;
}

async function showWalk(lab: Lab, stage: Stage): Promise<void> {
  stage.print('');
  stage.print('  tcpdump listens at every NIC while the client sends one more request.');
  const { walk, who } = await captureRequest(lab, stage);
  const world = worldOf(lab.topology);
  showJourney(stage, world, 'The request: the SYN that opens the connection', walk.request);
  if (walk.reply !== undefined) showJourney(stage, world, 'The reply: the SYN-ACK', walk.reply);
  stage.print('');
  for (const line of conclusion(walk, lab.director, world)) say(stage, line);
  if (!Object.hasOwn(lab.topology.hosts, who)) return;
  stage.print('');
  say(stage, 'The web server writes into its log who has asked:');
  const line = await type(lab, stage, who, `tail -n 1 ${lab.accessLog(who)}`);
  const { sip, sp } = walk.request.sightings[0]!.fields;
  say(stage, `${line.startsWith(`${sip}:${sp} `) ? 'The' : 'NOT the'} client's own address and port.`);
}

/** Sends one request under the eyes of tcpdump. */
async function captureRequest(lab: Lab, stage: Stage): Promise<{ walk: ConnectionWalk; who: string }> {
  const capture = await lab.capture(`tcp port ${lab.topology.service.port}`);
  try {
    const who = (await type(lab, stage, lab.client, curl(lab))).trim();
    return { walk: await settled(lab, capture), who };
  } finally {
    await capture.stop();
  }
}

function showJourney(stage: Stage, world: World, title: string, journey: Journey): void {
  stage.print('');
  stage.print(`${emphasised(stage, title)}. * marks what changed since the column before.`);
  stage.print('');
  for (const line of walkTable(journey, world, stage)) stage.print(line);
  stage.print('');
  for (const [index, text] of sentences(journey, world).entries()) say(stage, text, `${index + 1}. `);
}

/** The walk, once SYN and SYN-ACK have been seen at every step; what tcpdump has not yet written is waited for. */
async function settled(lab: Lab, capture: Capture): Promise<ConnectionWalk> {
  const deadline = performance.now() + SETTLE;
  for (;;) {
    const walk = walkConnection(capture.frames(), lab.topology.service);
    if (walk !== undefined && (isComplete(lab, walk) || performance.now() > deadline)) return walk;
    if (performance.now() > deadline) {
      throw new WeirError('LAB_FAILED', 'tcpdump saw no connection to the virtual service', {
        where: capture.points.map(({ file }) => file).join(', '),
      });
    }
    await sleep(20);
  }
}

function isComplete(lab: Lab, { request, reply }: ConnectionWalk): boolean {
  const server = reply?.sightings[0]?.point.host;
  return reply !== undefined && server !== undefined && isUnbroken(request, server) && isUnbroken(reply, lab.client);
}

function heading(stage: Stage, text: string): void {
  stage.print('');
  stage.print(emphasised(stage, text));
  stage.print('='.repeat(text.length));
}

/** Says something, in lines that can be read, the further ones indented as the first. */
function say(stage: Stage, text: string, bullet = ''): void {
  const room = Math.max(20, Math.min(stage.width, LONGEST_LINE) - 2 - bullet.length);
  const rows: string[] = [];
  for (const word of text.split(' ')) {
    const last = rows.at(-1);
    if (last === undefined || last.length + 1 + word.length > room) rows.push(word);
    else rows[rows.length - 1] = `${last} ${word}`;
  }
  for (const [index, row] of rows.entries()) stage.print(`  ${index === 0 ? bullet : ' '.repeat(bullet.length)}${row}`);
}

function emphasised({ bold }: Stage, text: string): string {
  return bold ? `\u001b[1m${text}\u001b[22m` : text;
}

function lines(output: string): string[] {
  return output === '' ? [] : output.replace(/\n$/, '').split('\n');
}
