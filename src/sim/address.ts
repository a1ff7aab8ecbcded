/** True for a group address of either family (RFC 5771, RFC 4291 section 2.7). */
export function isMulticast(address: string): boolean {
  if (address.includes(':')) return address.startsWith('ff');
  const first = Number(address.split('.')[0]);
  return first >= 224 && first < 240;
}
