/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* ICMP errors about requests to a real server, by what they say. The twin is icmpKind of src/lvs/signals.ts. */
#ifndef WEIR_SIGNALS_ICMP_H
#define WEIR_SIGNALS_ICMP_H

#include "../context.h"
#include "../icmp/types.h"

/* Codes of "destination unreachable" as bits: RFC 792, 1122, 1812; RFC 4443. */
#if WEIR_FAMILY == 4
#define UNREACHABLE_CODES (1u << 0 | 1u << 1 | 1u << 5 | 1u << 6 | 1u << 7 | 1u << 8 | 1u << 11 | 1u << 12)
#define PROHIBITED_CODES (1u << 9 | 1u << 10 | 1u << 13)
#else
#define UNREACHABLE_CODES (1u << 0 | 1u << 2 | 1u << 3)
#define PROHIBITED_CODES (1u << 1 | 1u << 5 | 1u << 6)
#endif

static __always_inline __u32 icmp_kind_of_code(__u32 code)
{
	__u32 bit = code < 32 ? 1u << code : 0;

	if (bit & UNREACHABLE_CODES)
		return WEIR_ICMP_UNREACHABLE;
	if (bit & PROHIBITED_CODES)
		return WEIR_ICMP_PROHIBITED;
#if WEIR_FAMILY == 4
	if (code == ICMP_FRAG_NEEDED)
		return WEIR_ICMP_TOO_BIG;
	if (code == ICMP_PROT_UNREACH)
		return WEIR_ICMP_PROTOCOL;
	return code == ICMP_PORT_UNREACH ? WEIR_ICMP_PORT : WEIR_ICMP_OTHER;
#else
	return code == ICMPV6_PORT_UNREACH ? WEIR_ICMP_PORT : WEIR_ICMP_OTHER;
#endif
}

static __always_inline __u32 icmp_kind(__u8 type, __u8 code)
{
#if WEIR_FAMILY == 4
	if (type == ICMP_DEST_UNREACH)
		return icmp_kind_of_code(code);
	return type == ICMP_TIME_EXCEEDED ? WEIR_ICMP_TIME_EXCEEDED : WEIR_ICMP_OTHER;
#else
	if (type == ICMPV6_DEST_UNREACH)
		return icmp_kind_of_code(code);
	if (type == ICMPV6_PKT_TOOBIG)
		return WEIR_ICMP_TOO_BIG;
	if (type == ICMPV6_TIME_EXCEED)
		return WEIR_ICMP_TIME_EXCEEDED;
	return type == ICMPV6_PARAMPROB && code == ICMPV6_UNK_NEXTHDR ? WEIR_ICMP_PROTOCOL : WEIR_ICMP_OTHER;
#endif
}

/* Global, so that it is verified once and has a stack of its own. */
__noinline int icmp_count(struct weir_context *ctx, __u32 at, __u32 index)
{
	struct weir_signals *found = bpf_map_lookup_elem(&signals, &index);
	__u8 head[2];

	if (!found || context_load(ctx, at, head, sizeof(head)))
		return 0;
	__sync_fetch_and_add(&found->icmp[icmp_kind(head[0], head[1]) & (WEIR_ICMP_KINDS - 1)], 1);
	return 0;
}

/* Takes down the error whose header is at the offset `at`, for a destination. What the director says itself is no sign of a real server. */
static __always_inline void icmp_note(struct weir_context *ctx, __u32 at, __u32 index)
{
	if (!EXPLAINS && !context_is_own(ctx))
		icmp_count(ctx, at, index);
}

#endif
