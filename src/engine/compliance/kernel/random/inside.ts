import { readFileSync, writeFileSync } from 'node:fs';
import { loadAsRecorder } from '../stage.ts';
import type { Play } from './episode.ts';
import { EpisodePlayer, playOnKernel, type Played } from './play.ts';
import { reduce } from './reduce.ts';

/** Plays the episodes of a file on the IPVS of the kernel it runs on, or reduces them, and prints each as a recording, one a line. */
const [what, file = ''] = process.argv.slice(2);
await loadAsRecorder();
// The stack tells one sender of no more than five packets at once that no route leads on (ip_error), and remembers it between episodes.
const COST = '/proc/sys/net/ipv4/route/error_cost';
const cost = readFileSync(COST, 'utf8');
writeFileSync(COST, '0');
const plays: Play[] = JSON.parse(readFileSync(file, 'utf8'));
const tell = (played: Played): void => console.log(JSON.stringify(played));
if (what === 'reduce') {
  const player = new EpisodePlayer();
  for (const play of plays) tell(await reduce(player, play));
  await player.close();
} else await playOnKernel(plays, tell);
writeFileSync(COST, cost);
