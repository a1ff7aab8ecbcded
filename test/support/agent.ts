import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Lab } from '../../src/lab/lab.ts';

/** An endpoint on a host of a lab, see tcp-agent.mjs and sip-agent.mjs. It ends with the lab. */
export interface Agent {
  /** Gives a command and waits for the agent to say `answer`. */
  tell(command: string, answer?: string): Promise<void>;
  /** Waits until the agent has said this, counting from the last one waited for. */
  hears(what: string): Promise<void>;
  stop(): void;
}

export function startAgent(lab: Lab, host: string, kind: 'tcp' | 'sip' = 'tcp'): Agent {
  const child = lab.spawn(host, [process.execPath, fileURLToPath(new URL(`${kind}-agent.mjs`, import.meta.url))]);
  const said: string[] = [];
  let wake = (): void => undefined;
  createInterface({ input: child.stdout! }).on('line', (line) => {
    said.push(line);
    wake();
  });
  const hears = async (what: string): Promise<void> => {
    const end = performance.now() + 5000;
    for (;;) {
      const place = said.indexOf(what);
      if (place >= 0) {
        said.splice(0, place + 1);
        return;
      }
      const left = end - performance.now();
      if (left <= 0) throw new Error(`${host} did not say ${JSON.stringify(what)}, only ${JSON.stringify(said)}`);
      await new Promise<void>((resolve) => {
        wake = resolve;
        setTimeout(resolve, left);
      });
    }
  };
  return {
    async tell(command, answer) {
      child.stdin!.write(`${command}\n`);
      if (answer !== undefined) await hears(answer);
    },
    hears,
    stop: () => void child.stdin!.end(),
  };
}
