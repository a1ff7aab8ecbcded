/**
 * The fewest steps that still lead to a difference: parts are left out, halves first, then smaller ones (delta debugging).
 * @param differs plays the steps from the beginning
 */
export async function shrink<Step>(
  steps: readonly Step[],
  differs: (steps: readonly Step[]) => Promise<boolean>,
): Promise<Step[]> {
  let best = [...steps];
  for (let size = Math.ceil(best.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < best.length;) {
      const less = best.toSpliced(at, size);
      if (less.length > 0 && (await differs(less))) best = less;
      else at += size;
    }
  }
  return best;
}
