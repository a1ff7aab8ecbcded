import type { WireInput } from '../../recording.ts';
import { shrink } from '../../random/shrink.ts';
import { Stage } from '../../stage.ts';
import { differencesOf } from './differences.ts';
import type { Play } from './episode.ts';
import type { EpisodePlayer, Played } from './play.ts';

/** A rule or a step of an episode. */
type Piece = { rule: string } | { step: WireInput };

/**
 * The fewest rules and steps of an episode with which kernel and specification still differ, found by playing it again and again.
 * @returns what the kernel did with them; the whole episode where nothing differs any more
 */
export async function reduce(player: EpisodePlayer, play: Play): Promise<Played> {
  const assembled = (pieces: readonly Piece[]): Play => ({
    ...play,
    config: pieces.flatMap((piece) => ('rule' in piece ? [piece.rule] : [])),
    in: pieces.flatMap((piece) => ('step' in piece ? [piece.step] : [])),
  });
  let last = await player.play(play);
  if ((await differencesOf(last)).length === 0) return last;
  const pieces = [...play.config.map((rule) => ({ rule })), ...play.in.map((step) => ({ step }))];
  await shrink<Piece>(pieces, async (some) => {
    if (!(await rulesStand(assembled(some)))) return false;
    const played = await player.play(assembled(some));
    const differs = !('failed' in played) && (await differencesOf(played)).length > 0;
    if (differs) last = played;
    return differs;
  });
  return last;
}

/** False where a rule is of a service that has been left out. */
async function rulesStand({ topology, config, marks = [], sysctls = {} }: Play): Promise<boolean> {
  const { ifaces: interfaces, ...around } = topology;
  const stage = new Stage({ surroundings: { interfaces, ...around }, marks, sysctls });
  for (const line of config) if ((await stage.ipvsadm(line)).exit !== 0) return false;
  return true;
}
