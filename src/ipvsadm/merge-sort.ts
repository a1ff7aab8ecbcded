/**
 * Sorts as qsort(3) of the C library with which ipvsadm was recorded: a merge sort that halves from the top. It matters because
 * the comparison of addresses is not transitive, so that another stable sort may come to another order.
 * @returns a new array
 */
export function mergeSort<T>(items: readonly T[], compare: (a: T, b: T) => number): T[] {
  if (items.length < 2) return [...items];
  const middle = items.length >> 1;
  const left = mergeSort(items.slice(0, middle), compare);
  const right = mergeSort(items.slice(middle), compare);
  const merged: T[] = [];
  let l = 0;
  let r = 0;
  while (l < left.length && r < right.length) {
    merged.push(compare(left[l]!, right[r]!) <= 0 ? left[l++]! : right[r++]!);
  }
  return [...merged, ...left.slice(l), ...right.slice(r)];
}
