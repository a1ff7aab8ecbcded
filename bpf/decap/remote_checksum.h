/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Checksums over a part of the frame: those of GRE and of GUE's UDP, and the one that GUE leaves to the receiver. */
#ifndef WEIR_DECAP_REMOTE_CHECKSUM_H
#define WEIR_DECAP_REMOTE_CHECKSUM_H

#include "../checksum/left.h"
#include "../checksum/sum.h"

/* The folded sum of the bytes from `offset` to `end`, added to `seed`; negative where they are not there. */
__noinline int sum_of(struct __sk_buff *skb, __u32 offset, __u32 end, __u32 seed)
{
	if (end <= offset || end > skb->len || sum_add(skb, offset, end - offset, &seed))
		return -1;
	return fold(seed);
}

/* A segment that GRO made of many has the checksums of the first; the kernel verified the others as it merged them. */
static __always_inline enum weir_decap_reason verify(struct __sk_buff *skb, const struct tunnel *tunnel)
{
	__u32 end = tunnel->length;
	__u64 seed = 0;
	int sum, left;

	if (!tunnel->has_checksum || skb->gso_size > 0)
		return WEIR_DECAP_NONE;
	if (tunnel->kind == WEIR_DECAP_GUE)
		seed = (__u64)tunnel->pseudo + bpf_htons(IPPROTO_UDP) + bpf_htons(tunnel->length - tunnel->transport);
	left = checksum_left(skb, tunnel->inner_transport, tunnel->inner_protocol);
	/* Of a sender on the same machine. What the device would make of it sums up to the complement of what is there now. */
	if (left >= 0) {
		seed += (__u16)~left;
		end = tunnel->inner_transport;
	}
	sum = sum_of(skb, tunnel->transport, end, fold(seed));
	if (sum < 0)
		return WEIR_DECAP_MALFORMED;
	return sum == 0xffff ? WEIR_DECAP_NONE : WEIR_DECAP_CHECKSUM;
}

/* The sender has left the sum of the pseudo header in the place of the checksum (draft-ietf-intarea-gue-extensions section 4). */
static __always_inline int fill_in_checksum(struct __sk_buff *skb, const struct tunnel *tunnel)
{
	__u32 start = tunnel->inner + tunnel->start, place = tunnel->inner + tunnel->offset;
	__be16 checksum;
	int sum;

	if (place < start || place + 2 > tunnel->length)
		return -1;
	sum = sum_of(skb, start, tunnel->length, 0);
	if (sum < 0)
		return -1;
	checksum = ~sum;
	if (!checksum)
		checksum = 0xffff;
	return bpf_skb_store_bytes(skb, place, &checksum, sizeof(checksum), BPF_F_RECOMPUTE_CSUM);
}

#endif
