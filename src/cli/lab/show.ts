import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Hook } from '../../engine/options.ts';
import { requireTools } from '../../kernel/tools.ts';
import { buildLab } from '../../lab/builder.ts';
import { loadTopology } from '../../lab/catalogue.ts';
import { hints } from '../../lab/guide.ts';
import type { Lab } from '../../lab/lab.ts';
import { requireRoot } from '../../lab/platform.ts';
import { labFolder, readLabs } from '../../lab/registry.ts';
import { showLab, type Stage } from '../../lab/show.ts';
import type { Topology } from '../../lab/topology.ts';
import { untilInterrupted } from '../terminal/interrupt.ts';

export interface ShowFlags {
  hook: Hook;
  id?: string;
  once: boolean;
}

/** Where the output is no terminal: enough for the six NICs of direct routing. */
const DEFAULT_WIDTH = 130;
/** Milliseconds between commands at a terminal. */
const PACE = 350;

/** `weir lab show`, which `npm start` runs: builds a lab, shows it, and stays until Ctrl-C. */
export async function show(name: string, flags: ShowFlags): Promise<void> {
  const topology = await loadTopology(name);
  requireRoot('the lab is made of network namespaces, which only root can make');
  requireTools(['curl', 'tcpdump']);
  await untilInterrupted((signal) => present(topology, flags, stageFor(signal, flags.once)));
}

async function present(topology: Topology, { hook, id, once }: ShowFlags, stage: Stage): Promise<void> {
  stage.print(topology.title);
  stage.print(topology.picture);
  stage.print('');
  const began = performance.now();
  const options = { hook, byHand: false, signal: stage.signal, ...(id === undefined ? {} : { id }) };
  const lab = await buildLab(topology, options);
  try {
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    stage.print(
      `Lab ${lab.id} stands after ${seconds} s. Each host is a network namespace, each segment a bridge; the web`,
    );
    stage.print(`servers are nginx, and on ${lab.director} runs Weir's daemon (its log: ${lab.directorLog}).`);
    await showLab(lab, stage);
    if (!once) await stay(lab, stage);
  } finally {
    await lab.down();
    stage.print('');
    stage.print(`Lab ${lab.id} is removed.`);
  }
}

/** Keeps the lab until the command is stopped, or until somebody else removes the lab. */
async function stay(lab: Lab, stage: Stage): Promise<void> {
  stage.print('');
  stage.print(`The lab stays until Ctrl-C. From another terminal, in ${process.cwd()}:`);
  stage.print('');
  for (const { command, says } of hints(lab, readLabs().length === 1)) {
    stage.print(`  # ${says}`);
    stage.print(`  ${command}`);
  }
  while (existsSync(labFolder(lab.id))) await sleep(500, undefined, { signal: stage.signal });
  stage.print('');
  stage.print('Somebody else has taken the lab down.');
}

function stageFor(signal: AbortSignal, once: boolean): Stage {
  const { isTTY, columns } = process.stdout;
  return {
    print: (line) => process.stdout.write(`${line}\n`),
    width: isTTY ? columns : DEFAULT_WIDTH,
    bold: isTTY && process.env['NO_COLOR'] === undefined,
    pace: isTTY && !once ? PACE : 0,
    signal,
  };
}
