import type { AnyRecording } from './recording.ts';
import { replayConn } from './replay-conn.ts';
import { replaySched } from './replay-sched.ts';
import { replayWire } from './replay-wire.ts';
import type { OpenStage } from './stage.ts';

/**
 * Plays a recording on a stage of its own.
 * @returns what differs from the recording, in words; empty if nothing does
 * @throws WeirError ENGINE_UNSUPPORTED for what the engine does not have
 */
export async function replay(recording: AnyRecording, open: OpenStage): Promise<string[]> {
  if ('in' in recording) return await replayWire(recording, open);
  return 'trials' in recording ? await replayConn(recording, open) : await replaySched(recording, open);
}
