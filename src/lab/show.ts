import { setTimeout as sleep } from 'node:timers/promises';
import { WeirError } from '../base/error.ts';
import type { Capture } from './capture.ts';
import { serviceText } from './guide.ts';
import type { Lab } from './lab.ts';
import type { Command } from './topology.ts';
import { conclusion, sentences, worldOf } from './walk-sentences.ts';
import { walkTable, type TableOptions } from './walk-table.ts';
import { walkConnection, type ConnectionWalk, type Journey } from './walk.ts';

/** Where the show is seen. */
export interface Stage extends TableOptions {
  print(line: string): void;
  /** Milliseconds between commands, for people to read along. */
  pace: number;
  /** Ends the show: it throws the signal's reason. */
  signal: AbortSignal;
}

const REQUESTS = 4;
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
  stage.print(`  ${says}`);
  if (document !== undefined) stage.print(`  (In the notes: ${document})`);
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
  stage.print(`  Who answered: ${[...answers].map(([who, count]) => `${who} ${count} times`).join(', ')}.`);
  stage.print('');
}

function curl(lab: Lab): string {
  return `curl -sS --max-time 5 http://${serviceText(lab.topology)}/`;
}

async function showWalk(lab: Lab, stage: Stage): Promise<void> {
  const { topology, director } = lab;
  const { port } = topology.service;
  stage.print('');
  stage.print(`  tcpdump listens at every NIC on the way while the client sends one more request.`);
  const capture = await lab.capture(`tcp port ${port}`);
  let walk: ConnectionWalk;
  try {
    await type(lab, stage, lab.client, curl(lab));
    walk = await settled(lab, capture);
  } finally {
    await capture.stop();
  }
  const world = worldOf(topology);
  const part = (title: string, journey: Journey): void => {
    stage.print('');
    stage.print(emphasised(stage, title));
    for (const line of walkTable(journey, world, stage)) stage.print(line);
    stage.print('');
    for (const [index, text] of sentences(journey, world).entries()) stage.print(`  ${index + 1}. ${text}`);
  };
  part('The request (the SYN of its connection); * marks what changed since the column before', walk.request);
  if (walk.reply !== undefined) part('The reply (the SYN-ACK)', walk.reply);
  stage.print('');
  for (const line of conclusion(walk, director)) stage.print(`  ${line}`);
}

/** The walk, once SYN and SYN-ACK have been seen to arrive; what tcpdump has not yet written is waited for. */
async function settled(lab: Lab, capture: Capture): Promise<ConnectionWalk> {
  const deadline = Date.now() + SETTLE;
  for (;;) {
    const walk = walkConnection(capture.frames(), lab.topology.service);
    if (walk !== undefined && (isComplete(lab, walk) || Date.now() > deadline)) return walk;
    if (Date.now() > deadline) {
      throw new WeirError('LAB_FAILED', 'tcpdump saw no connection to the virtual service', {
        where: capture.points.map(({ file }) => file).join(', '),
      });
    }
    await sleep(20);
  }
}

function isComplete(lab: Lab, { reply }: ConnectionWalk): boolean {
  const last = reply?.sightings.at(-1);
  return last !== undefined && last.direction === 'in' && last.point.host === lab.client;
}

function heading(stage: Stage, text: string): void {
  stage.print('');
  stage.print(emphasised(stage, text));
  stage.print('='.repeat(text.length));
}

function emphasised({ bold }: Stage, text: string): string {
  return bold ? `\u001b[1m${text}\u001b[22m` : text;
}

function lines(output: string): string[] {
  return output === '' ? [] : output.replace(/\n$/, '').split('\n');
}
