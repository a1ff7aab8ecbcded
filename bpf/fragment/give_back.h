/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What came in fragments, and is nobody's when they are put together, goes to the stack in the same fragments: they come in once more by
 * the interface that they came in by, and pass here. TC only.
 */
#ifndef WEIR_GIVE_BACK_H
#define WEIR_GIVE_BACK_H

#include "../route/delivered.h"
#include "../verdict/refuse.h"
#include "pieces.h"

#if defined(WEIR_TC)

/* Of fragments that have been here. The mark is taken off again before the stack or anybody else sees them. */
#define GIVEN_BACK 0x57454952

static __always_inline int is_given_back(struct weir_context *ctx)
{
	if (ctx->mark != GIVEN_BACK)
		return 0;
	ctx->mark = 0;
	return 1;
}

/*
 * Passes the packet at hand. One with a mark of somebody else's goes as it is, since that could not be told from ours; one for the director
 * itself, since the stack would put it together again; and one that ends here, since of IPv6 the stack tells that of the whole.
 */
static __always_inline int give_back(struct weir_context *ctx, const struct packet *packet, __u32 reason)
{
	struct cut *cut = cut_get();

	if (EXPLAINS || !packet->pieces || !cut || (FAMILY == AF_INET6 && packet->ttl <= 1) || is_delivered_here(ctx, packet))
		return refuse(ctx, reason);
	cut->interface = context_interface(ctx);
	cut->inward = 1;
	cut->mtu = 0;
	cut->known = 1;
	cut->wrapped = 0;
	cut->protocol = 0;
	count_reason(reason);
	bpf_tail_call(ctx, &weir_programs, FAMILY == AF_INET ? WEIR_PROGRAM_CUT : WEIR_PROGRAM_CUT6);
	return WEIR_VERDICT_PASS;
}

#else

static __always_inline int is_given_back(struct weir_context *ctx)
{
	(void)ctx;
	return 0;
}

static __always_inline int give_back(struct weir_context *ctx, const struct packet *packet, __u32 reason)
{
	(void)packet;
	return refuse(ctx, reason);
}

#endif

#endif
