/**
 * Asks the system's databases of names (nsswitch.conf(5)) by getent(1). A process of its own, because it can be ended when it
 * takes too long: a lookup within this one would keep it from ending until the last name server has been given up.
 * @param database `hosts` or `ahostsv4`
 * @param milliseconds after which it is ended, and what it has found by then counts
 * @returns its lines, as words; none where there is no such program
 */
export async function getent(database: string, keys: readonly string[], milliseconds: number): Promise<string[][]> {
  // Loaded here: most commands look no name up, and this is a good part of a short program's start.
  const { spawn } = await import('node:child_process');
  return await new Promise((resolve) => {
    const child = spawn('getent', [database, ...keys], { stdio: ['ignore', 'pipe', 'ignore'] });
    let text = '';
    let done = false;
    const finish = (): void => {
      if (done) return;
      done = true;
      clearTimeout(timer);
      child.stdout.destroy();
      resolve(wordsOf(text));
    };
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      finish();
    }, milliseconds);
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    child.once('error', finish);
    child.once('close', finish);
  });
}

function wordsOf(text: string): string[][] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(/\s+/));
}
