import type { ToolName } from '../../tools.ts';
import type { Trio } from '../../trio.ts';

/** Something that carries traffic from the client to the server; what the benchmark compares. */
export interface Candidate {
  /** As on the command line and in the JSON. */
  name: string;
  title: string;
  /** How it is set up, for the report: one sentence or two. */
  setup: string;
  /** The address that the client asks. */
  address: string;
  /** What it needs besides what every run needs. */
  tools: readonly ToolName[];
  nativeXdp: boolean;
  /** Sets the director up and returns when it forwards. What it starts ends with the run. */
  start(trio: Trio, root: string): Promise<void>;
}
