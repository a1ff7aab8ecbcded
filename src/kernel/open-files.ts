import { libbpf } from './libbpf.ts';

const RLIMIT_NOFILE = 7;
/** Each part of each table is an open file: some 4,200 with the largest, and beside them what requests need. */
const WANTED = 16_384n;

/**
 * Lets this process have as many files open as the largest tables need, where its limit is lower. That takes CAP_SYS_RESOURCE, or a hard
 * limit that is high enough; without, everything stays as it is, and opening one too many fails with EMFILE.
 */
export function allowOpenFiles(): void {
  // struct rlimit: soft and hard limit, 64 bits each, in host order (getrlimit(2)).
  const limits = new BigUint64Array(2);
  const bytes = Buffer.from(limits.buffer);
  if (libbpf().getrlimit(RLIMIT_NOFILE, bytes) !== 0) return;
  const [soft = 0n, hard = 0n] = limits;
  if (soft >= WANTED) return;
  limits[0] = WANTED;
  limits[1] = hard > WANTED ? hard : WANTED;
  libbpf().setrlimit(RLIMIT_NOFILE, bytes);
}
