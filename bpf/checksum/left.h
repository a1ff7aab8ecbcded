/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Checksums that are left to the device. Who includes this has weir_context, context_load and context_store. */
#ifndef WEIR_CHECKSUM_LEFT_H
#define WEIR_CHECKSUM_LEFT_H

/*
 * A local sender leaves the checksum of TCP and UDP to the device: the field holds the sum of the pseudo header then. Returns the field
 * if so, -1 if the checksum is complete. The kernel does not tell; but it changes such a field for addresses only.
 */
#if defined(WEIR_TC)
static __always_inline int checksum_left(struct weir_context *ctx, __u32 transport, __u8 protocol)
{
	__u32 offset = transport + (protocol == IPPROTO_TCP ? offsetof(struct tcphdr, check) : offsetof(struct udphdr, check));
	__u16 before = 0, after = 0;

	if (protocol != IPPROTO_TCP && protocol != IPPROTO_UDP)
		return -1;
	if (context_load(ctx, offset, &before, sizeof(before)) || bpf_l4_csum_replace(ctx, offset, 0, 1, sizeof(before)) ||
	    context_load(ctx, offset, &after, sizeof(after)))
		return -1;
	if (before == after)
		return before;
	context_store(ctx, offset, &before, sizeof(before));
	return -1;
}
#else
static __always_inline int checksum_left(struct weir_context *ctx, __u32 transport, __u8 protocol)
{
	(void)ctx;
	(void)transport;
	(void)protocol;
	return -1;
}
#endif

#endif
