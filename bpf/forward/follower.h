/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * AH and ESP have no ports: such a packet belongs to the connection of ISAKMP between the same hosts, and starts none
 * (ip_vs_proto_ah_esp.c). Twin: src/lvs/flow.ts.
 */
#ifndef WEIR_FOLLOWER_H
#define WEIR_FOLLOWER_H

#include "../parse/parse.h"

#define ISAKMP_PORT 500

/* In IPv6 AH is no transport but a header before one; see parse/ipv6.h. */
static __always_inline int is_follower(__u8 protocol)
{
	return protocol == IPPROTO_ESP || protocol == IPPROTO_AH;
}

/* The flow of an AH or ESP packet becomes that of ISAKMP between its ends. */
static __always_inline void follow_flow(struct weir_flow *flow)
{
	flow->protocol = IPPROTO_UDP;
	flow->source_port = flow->target_port = bpf_htons(ISAKMP_PORT);
}

#endif
