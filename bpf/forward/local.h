/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A real server that is the director itself: the packet goes to its own stack, with the TTL it came with. By direct routing and tunnels
 * it does so as it is; what has been masqueraded would need its replies seen on the way out.
 */
#ifndef WEIR_FORWARD_LOCAL_H
#define WEIR_FORWARD_LOCAL_H

#include "../connection.h"
#include "../refuse.h"
#include "../tell.h"

static __always_inline int is_local(const struct weir_destination *destination)
{
	return (destination->flags & WEIR_DESTINATION_LOCAL) && !method_translates(destination->method);
}

/* TC counts what XDP passes on to it. */
static __always_inline int carry_local(struct weir_context *ctx, __u32 service, __u32 destination, __u32 bytes)
{
#if defined(WEIR_TC)
	count_in(service, destination, bytes);
	return refuse(ctx, WEIR_REASON_LOCAL_SERVER);
#else
	(void)service;
	(void)destination;
	(void)bytes;
	return refuse(ctx, WEIR_REASON_LEFT_TO_TC);
#endif
}

#endif
