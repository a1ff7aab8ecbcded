/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A real server that is the director itself, or a client that is: the packet goes to its own stack, with the TTL it came with. By direct
 * routing and tunnels a request does so as it is; what has to be rewritten is handed over to the program of own.h. TC only.
 */
#ifndef WEIR_FORWARD_LOCAL_H
#define WEIR_FORWARD_LOCAL_H

#include "../connection/connection.h"
#include "../fragment/give_back.h"
#include "../verdict/refuse.h"
#include "../verdict/tell.h"

static __always_inline int is_local(const struct weir_destination *destination)
{
	return destination->flags & WEIR_DESTINATION_LOCAL;
}

#if defined(WEIR_TC)
/* A request by direct routing or a tunnel goes to the stack as it is. */
static __always_inline int pass_to_own_server(struct weir_context *ctx, const struct packet *packet)
{
	count_reason(WEIR_REASON_LOCAL_SERVER);
	return pass_here(ctx, packet);
}
#endif

/* A request. TC counts what XDP passes on to it. */
static __always_inline int carry_local(struct weir_context *ctx, const struct packet *packet, const struct weir_connection *connection,
				       __u32 service, __u32 now)
{
#if defined(WEIR_TC)
	struct handover *handover;

	count_in(service, connection->destination, packet->length);
	if (!method_translates(connection->method))
		return pass_to_own_server(ctx, packet);
	handover = handover_get();
	if (!handover)
		return refuse(ctx, WEIR_REASON_INTERNAL);
	handover->entry = *connection;
	return hand_over(ctx, packet, now, WEIR_PROGRAM_SETTLER);
#else
	(void)packet;
	(void)connection;
	(void)service;
	(void)now;
	return refuse(ctx, WEIR_REASON_LEFT_TO_TC);
#endif
}

/*
 * A reply that no route leads away with, since its client is the director itself; or which that has made, so that it is on its way; or
 * which the stack is to refuse for being too big once it is restored, of which `reason` tells.
 */
static __always_inline int settle_reply(struct weir_context *ctx, const struct packet *packet, __u32 now, __u32 reason)
{
#if defined(WEIR_TC)
	struct handover *handover = handover_get();

	if (!handover)
		return refuse(ctx, WEIR_REASON_INTERNAL);
	handover->entry.role = WEIR_ROLE_REPLY;
	handover->reason = reason;
	return hand_over(ctx, packet, now, WEIR_PROGRAM_SETTLER);
#else
	(void)packet;
	(void)now;
	(void)reason;
	return refuse(ctx, WEIR_REASON_LEFT_TO_TC);
#endif
}

#endif
