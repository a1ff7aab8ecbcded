/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Direct routing (VS/DR): the packet keeps its addresses and goes to the real server's MAC. */
#ifndef WEIR_FORWARD_ROUTE_H
#define WEIR_FORWARD_ROUTE_H

#include "../route/hop.h"
#include "ttl.h"

static __always_inline int forward_route(struct weir_context *ctx, const struct packet *packet, const struct hop *hop)
{
	struct headers headers;

	if (headers_at(ctx, packet->transport, 4, &headers))
		return -1;
	hop_write(headers.ethernet, hop);
	ttl_decrement(headers.ip);
	return 0;
}

#endif
