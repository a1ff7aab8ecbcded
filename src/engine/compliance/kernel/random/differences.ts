import { replayWire } from '../../replay-wire.ts';
import { Stage } from '../../stage.ts';
import { isEchoReplyToAll, isAnswerToOptions, isOwnErrorAboutOther, withoutRepliesOfOthers } from './intended.ts';
import type { Played } from './play.ts';

/** How the specification differs from what the kernel did, in words; empty if it does not. */
export async function differencesOf(played: Played): Promise<string[]> {
  if ('failed' in played) return [played.failed];
  return await replayWire(played, Stage.open, {
    frames: (frame) =>
      ![isOwnErrorAboutOther, isAnswerToOptions, isEchoReplyToAll].some((intended) => intended(played, frame)),
    counts: (text) => withoutRepliesOfOthers(text),
    seconds: TOLERANCE,
  });
}

/** Seconds: the clocks of a virtual machine on a loaded host do not agree, and what times are about is known from recordings. */
const TOLERANCE = 30;
