/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Sources that nothing from outside may have. The stack refuses them before IPVS sees a packet (fib_validate_source). Looked at where a
 * connection would begin: those that exist have passed. Twin: Routing.isMartianSource of src/lvs/routing.ts.
 */
#ifndef WEIR_MARTIAN_H
#define WEIR_MARTIAN_H

#include "own_address.h"

#if WEIR_FAMILY == 4

static __always_inline int is_martian(struct weir_context *ctx, const struct packet *packet)
{
	__u32 source = bpf_ntohl(packet->flow.source[0]);

	/* 0.0.0.0, loopback, multicast, the limited broadcast */
	if (source == 0 || source >> 24 == 127 || source >> 28 == 14 || source == 0xffffffff)
		return 1;
	return is_own_address(ctx, packet->flow.source) && !is_nowhere(ctx, packet->flow.source);
}

#else

/* IPv6 asks no routes about a source. */
static __always_inline int is_martian(struct weir_context *ctx, const struct packet *packet)
{
	const __be32 *source = packet->flow.source;

	(void)ctx;
	if ((bpf_ntohl(source[0]) >> 24) == 0xff)
		return 1;
	return !source[0] && !source[1] && !source[2] && source[3] == bpf_htonl(1);
}

#endif

#endif
