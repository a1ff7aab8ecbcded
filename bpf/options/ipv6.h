/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Hop-by-hop options of IPv6 (RFC 8200 section 4.3): what the stack refuses for one of them it refuses before IPVS sees it
 * (ipv6_parse_hopopts). The twin is src/lvs/host/ipv6-options.ts.
 */
#ifndef WEIR_OPTIONS_IPV6_H
#define WEIR_OPTIONS_IPV6_H

#include "../parse/parse.h"

#define HOP_PAD1 0
#define HOP_PADN 1
#define HOP_ROUTER_ALERT 5
#define HOP_IOAM 0x31
#define HOP_CALIPSO 7
/* What becomes of a packet with an option that nobody knows: only 0 lets it go on. */
#define HOP_ACTION(type) ((type) >> 6)
#define MOST_PADDING 7
/* net.ipv6.max_hbh_opts_number */
#define MOST_HOP_OPTIONS 8
/* So many of those options and of padding between them there can be at most. */
#define MOST_HOP_STEPS (MOST_HOP_OPTIONS + (MOST_HOP_OPTIONS + 1) * MOST_PADDING + 1)

struct hop_run {
	struct weir_context *ctx;
	__u32 at;
	__u32 end;
	__u32 padding;
	__u32 options;
	__u32 good;
};

/* Padding of up to 7 bytes in a row, of zeros. */
static __always_inline int hop_is_padding(struct hop_run *run, __u32 length)
{
	__u8 bytes[8] = {};

	run->padding += length;
	if (run->padding > MOST_PADDING)
		return 0;
	/* As it is, in a form that shows older verifiers that it is not 0. */
	asm volatile("" : "+r"(length));
	if (context_load(run->ctx, run->at, bytes, ((length - 1) & 7) + 1))
		return 0;
	bytes[0] = bytes[1] = 0;
	return *(__u64 *)bytes == 0;
}

/* The stack takes an option of that type, as a host does that has been told of no domains (calipso_validate). No jumbogram comes here. */
static __always_inline int hop_is_known(const struct hop_run *run, __u8 type, __u32 length)
{
	if (type == HOP_ROUTER_ALERT)
		return length == 4;
	if (type == HOP_IOAM)
		return ((run->at - sizeof(struct ethhdr)) & 3) == 0;
	return type != HOP_CALIPSO && HOP_ACTION(type) == 0;
}

/* One option; 1 to stop. */
static long hop_step(__u32 step, struct hop_run *run)
{
	__u8 begin[2] = {};
	__u32 length;

	(void)step;
	if (run->at == run->end) {
		run->good = 1;
		return 1;
	}
	if (context_load(run->ctx, run->at, begin, 1))
		return 1;
	if (begin[0] == HOP_PAD1) {
		if (!hop_is_padding(run, 1))
			return 1;
		run->at++;
		return 0;
	}
	if (run->at + 2 > run->end || context_load(run->ctx, run->at, begin, sizeof(begin)))
		return 1;
	length = begin[1] + 2;
	if (run->at + length > run->end)
		return 1;
	if (begin[0] == HOP_PADN) {
		if (length > MOST_PADDING || !hop_is_padding(run, length))
			return 1;
	} else if (++run->options > MOST_HOP_OPTIONS || !hop_is_known(run, begin[0], length)) {
		return 1;
	} else {
		run->padding = 0;
	}
	run->at += length;
	return 0;
}

/* True if the stack takes the options that stand right behind the IPv6 header. Global, so that it is verified once. */
__noinline int hop_options_are_good(struct weir_context *ctx)
{
	__u32 at = sizeof(struct ethhdr) + sizeof(struct ipv6hdr);
	struct hop_run run = { .ctx = ctx, .at = at + 2 };
	__u8 begin[2];

	if (context_load(ctx, at, begin, sizeof(begin)))
		return 0;
	run.end = at + extension_length(NEXT_HOP_BY_HOP, begin[1]);
	bpf_loop(MOST_HOP_STEPS, hop_step, &run, 0);
	return run.good;
}

#endif
