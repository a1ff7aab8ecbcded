/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Internet checksums (RFC 1071), changed in place (RFC 1624, equation 3) or computed whole. */
#ifndef WEIR_CHECKSUM_H
#define WEIR_CHECKSUM_H

#include "../context.h"
#include "../parse/parse.h"
#include "left.h"
#include "sum.h"

static __always_inline __u16 checksum_fold(__u32 sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/* HC' = ~(~HC + ~m + m'), all words as they lie in the packet. */
static __always_inline void checksum_replace16(__u16 *checksum, __u16 from, __u16 to)
{
	*checksum = ~checksum_fold((__u16)~*checksum + (__u16)~from + to);
}

/* `difference`: of 32-bit words that change, as bpf_csum_diff has it. */
static __always_inline void checksum_replace(__u16 *checksum, __u32 difference)
{
	__u32 sum = (__u16)~*checksum;

	*checksum = ~checksum_fold(sum + (difference & 0xffff) + (difference >> 16));
}

/*
 * The checksum over `length` bytes at `offset`, on top of `sum`: as it goes into a header, 0 to 0xffff, or a negative error. Global, so
 * that it is verified once.
 */
__noinline int checksum_over(struct weir_context *ctx, __u32 offset, __u32 length, __u32 sum)
{
	return sum_add(ctx, offset, length, &sum) ? -1 : (__u16)~checksum_fold(sum);
}

/*
 * The checksum of a UDP datagram that has none (0), over pseudo header, header and data (RFC 768). `transport` is the offset of
 * the UDP header, `pseudo` the sum of the pseudo header. Returns it as it goes into the header, or a negative error.
 */
static __always_inline int checksum_udp_whole(struct weir_context *ctx, __u32 transport, __u32 length, __u32 pseudo)
{
	int checksum = checksum_over(ctx, transport, length, pseudo);

	return checksum ? checksum : 0xffff;
}

#endif
